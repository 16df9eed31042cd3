import { fromSources } from '../scripts/fromSources';
import type { MethodFacts } from './facts';
import { pageOf } from './page';

interface Page {
  readonly params: { readonly name: string };
  readonly content: string;
}

export default {
  watch: ['../../../packages/core/src/residual/methods/*.ts', './*.ts'],
  paths: async (): Promise<Page[]> => {
    const methods = await fromSources<MethodFacts[]>(new URL('./facts.ts', import.meta.url));
    return methods.map((facts) => ({ params: { name: facts.name }, content: pageOf(facts) }));
  },
};
