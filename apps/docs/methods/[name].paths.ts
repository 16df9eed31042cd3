import { fromSources } from '../scripts/fromSources';
import type { MethodPage } from './pages';

interface Page {
  readonly params: { readonly name: string; readonly source: string };
  readonly content: string;
}

export default {
  watch: ['../../../packages/core/src/residual/methods/*.ts', './*.ts'],
  paths: async (): Promise<Page[]> => {
    const pages = await fromSources<MethodPage[]>(new URL('./pages.ts', import.meta.url));
    return pages.map(({ name, content, facts }) => ({ params: { name, source: facts.doc.file }, content }));
  },
};
