import { conceptsOf, isSplit, pageOf } from './concepts.mjs';
import { entries, PACKAGES } from './packages.mjs';

/**
 * The pages of the API reference for the sidebar: entry points, and below them their concepts where they have many names.
 *
 * @returns {Promise<{ text: string, link: string, collapsed?: boolean, items?: { text: string, link: string }[] }[]>}
 */
export const apiSidebar = async () => {
  const items = [];
  for (const { folder } of PACKAGES) {
    for (const entry of entries(folder)) {
      const main = entry.name === 'index';
      const item = {
        text: main ? folder : `${folder}/${entry.name}`,
        link: main ? `/api/${folder}/` : `/api/${folder}/${entry.name}`,
      };
      const concepts = await conceptsOf(folder, entry);
      const pages = concepts.map(({ concept }) => ({
        text: concept,
        link: `/api/${folder}/${pageOf(entry, concept)}`,
      }));
      items.push(isSplit(concepts) ? { ...item, collapsed: true, items: pages } : item);
    }
  }
  return items;
};
