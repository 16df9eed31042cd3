import type { DefaultTheme } from 'vitepress';
import { fromSources } from '../scripts/fromSources';
import type { MethodFacts } from './facts';

/** The methods' pages, in the order of the code's table. */
export const methodsSidebar = async (): Promise<DefaultTheme.SidebarItem[]> => {
  const methods = await fromSources<MethodFacts[]>(new URL('./facts.ts', import.meta.url));
  return [
    {
      text: 'Methods',
      link: '/methods/',
      items: methods.map(({ name, title }) => ({ text: title, link: `/methods/${name}` })),
    },
  ];
};
