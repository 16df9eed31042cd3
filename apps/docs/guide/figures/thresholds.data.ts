import { fromSources } from '../../scripts/fromSources';
import type { Thresholds } from './thresholds.build';

declare const data: Thresholds;

export { data };

export default {
  load: (): Promise<Thresholds> => fromSources(new URL('./thresholds.build.ts', import.meta.url)),
};
