import { fromSources } from '../../scripts/fromSources';
import type { OutputChanges } from './change';

declare const data: OutputChanges;

export { data };

export default {
  watch: ['../../../../experiments/results/fig4.json'],
  load: (): Promise<OutputChanges> => fromSources(new URL('./change.build.ts', import.meta.url)),
};
