import { atBuild } from './atBuild';
import type { DependencyRows } from './dependency';

declare const data: DependencyRows;

export { data };

export default {
  load: (): DependencyRows => atBuild('apps/docs/guide/figures/dependency.build.ts', 'dependencyRows'),
};
