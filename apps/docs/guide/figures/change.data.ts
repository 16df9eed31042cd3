import { atBuild } from './atBuild';
import type { OutputChanges } from './change';

declare const data: OutputChanges;

export { data };

export default {
  watch: ['../../../../experiments/results/fig4.json'],
  load: (): OutputChanges => atBuild('apps/docs/guide/figures/change.build.ts', 'outputChanges'),
};
