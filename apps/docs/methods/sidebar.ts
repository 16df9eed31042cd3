import type { DefaultTheme } from 'vitepress';
import { fromSources } from '../scripts/fromSources';
import type { MethodName } from './names';

/** The methods' pages, in the order of the code's table. */
export const methodsSidebar = async (): Promise<DefaultTheme.SidebarItem[]> => {
  const methods = await fromSources<MethodName[]>(new URL('./names.ts', import.meta.url));
  return [
    {
      text: 'Methods',
      link: '/methods/',
      items: methods.map(({ name, title }) => ({ text: title, link: `/methods/${name}` })),
    },
  ];
};
