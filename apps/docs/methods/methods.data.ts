import { defineLoader } from 'vitepress';
import { fromSources } from '../scripts/fromSources';
import type { MethodFacts } from './facts';

export type { MethodFacts };

declare const data: readonly MethodFacts[];

export { data };

export default defineLoader({
  watch: ['../../../packages/core/src/residual/methods/*.ts', './*.ts'],
  load: (): Promise<readonly MethodFacts[]> => fromSources(new URL('./facts.ts', import.meta.url)),
});
