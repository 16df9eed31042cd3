import { fromSources } from '../../scripts/fromSources';
import type { DependencyRows } from './dependency';

declare const data: DependencyRows;

export { data };

export default {
  load: (): Promise<DependencyRows> => fromSources(new URL('./dependency.build.ts', import.meta.url)),
};
