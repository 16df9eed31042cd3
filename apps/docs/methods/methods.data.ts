import { defineLoader } from 'vitepress';
import { fromSources } from '../scripts/fromSources';
import type { MethodFacts } from './facts';
import type { MethodPage } from './pages';

export type { MethodFacts };

declare const data: readonly MethodFacts[];

export { data };

export default defineLoader({
  watch: ['../../../packages/core/src/residual/methods/*.ts', './*.ts'],
  load: async (): Promise<readonly MethodFacts[]> =>
    (await fromSources<MethodPage[]>(new URL('./pages.ts', import.meta.url))).map(({ facts }) => facts),
});
