import { atBuild } from './atBuild';
import type { Thresholds } from './thresholds.build';

declare const data: Thresholds;

export { data };

export default {
  load: (): Thresholds => atBuild('apps/docs/guide/figures/thresholds.build.ts', 'thresholds'),
};
