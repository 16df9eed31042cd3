import type { DefaultTheme } from 'vitepress';
import { fromSources } from '../scripts/fromSources';
import type { ItemFacts } from './items';

/** The results' pages: the paper's items, then the others. */
export const resultsSidebar = async (): Promise<DefaultTheme.SidebarItem[]> => {
  const items = await fromSources<ItemFacts[]>(new URL('./items.ts', import.meta.url));
  return [
    {
      text: 'The paper',
      link: '/results/',
      items: items.map(({ name, paper }) => ({ text: paper, link: `/results/${name}` })),
    },
    {
      text: 'More',
      items: [
        { text: 'Multi30k', link: '/results/multi30k' },
        { text: 'Benchmarks', link: '/results/benchmarks' },
        { text: 'Log', link: '/results/log' },
      ],
    },
  ];
};
