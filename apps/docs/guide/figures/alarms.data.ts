import { fromSources } from '../../scripts/fromSources';
import type { Alarms } from './alarms.build';

declare const data: Alarms;

export { data };

export default {
  watch: ['../../../../experiments/results/alarms.json'],
  load: (): Promise<Alarms> => fromSources(new URL('./alarms.build.ts', import.meta.url)),
};
