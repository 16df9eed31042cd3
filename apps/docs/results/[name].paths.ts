import { fromSources } from '../scripts/fromSources';
import type { ResultPage } from './resultPage';

interface Page {
  readonly params: { readonly name: string; readonly source: string };
  readonly content: string;
}

export default {
  watch: ['../../../experiments/results/*', '../../../experiments/**/*.md', './*.ts'],
  paths: async (): Promise<Page[]> => {
    const pages = await fromSources<ResultPage[]>(new URL('./pages.ts', import.meta.url));
    return pages.map(({ name, source, content }) => ({ params: { name, source }, content }));
  },
};
