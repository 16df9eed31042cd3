import { posix } from 'node:path';
import { RAW, REPOSITORY } from '../scripts/repository.mjs';

/** Which folder of the repository a page's text comes from; undefined for pages written for the site. */
const sourceFolder = (page: string): string | undefined => {
  if (page === 'index.md') return '.';
  const name = /^packages\/([\w-]+)\.md$/.exec(page)?.[1];
  return name === undefined ? undefined : `packages/${name}`;
};

/** The page of the site that shows a file of the repository, or the repository's own page of it. */
export const locate = (path: string): string => {
  const [, name] = /^packages\/([\w-]+)(?:\/(?:README\.md)?)?$/.exec(path) ?? [];
  if (name) return `/packages/${name}`;
  if (path === '.' || path === 'README.md') return '/';
  const page = /^apps\/docs\/(.+)\.md$/.exec(path)?.[1];
  return page ? `/${page}` : `${REPOSITORY}/tree/main/${path}`;
};

/**
 * Where a link of a text in a folder of the repository leads on the site; as it is where it is no path from there.
 *
 * @param pageOf the page of a path in the repository.
 */
export const linkFrom = (folder: string, href: string, pageOf = locate): string => {
  if (/^(?:[a-z]+:|\/|#)/i.test(href)) return href;
  const [path = '', anchor] = href.split('#');
  const target = pageOf(posix.normalize(posix.join(folder, path)).replace(/(.)\/$/, '$1'));
  return anchor === undefined ? target : `${target}#${anchor}`;
};

/**
 * Where a link of a README leads on the site. READMEs are included as they are, and their links are relative to
 * their own place in the repository.
 *
 * @param page the page that shows the text, relative to the site's root.
 * @param href as written in the README.
 */
export const rewriteLink = (page: string, href: string): string => {
  const folder = sourceFolder(page);
  return folder === undefined ? href : linkFrom(folder, href);
};

/** Files of this folder are the site's own, at its root. */
const PUBLIC = 'apps/docs/public';

/**
 * Where the site has a picture of a README: READMEs of packages name theirs by the whole address, since npm shows them
 * without the repository, and the root's is relative.
 */
const siteImage = (page: string, src: string): string => {
  const path = src.startsWith(`${RAW}/`) ? src.slice(RAW.length + 1) : src;
  const folder = path === src ? sourceFolder(page) : '.';
  if (folder === undefined || /^(?:[a-z]+:|\/)/i.test(path)) return src;
  const file = posix.normalize(posix.join(folder, path));
  return file.startsWith(`${PUBLIC}/`) ? file.slice(PUBLIC.length) : src;
};

const PICTURE =
  /<picture>\s*<source media="\(prefers-color-scheme: dark\)" srcset="([^"]+)">\s*<img ([^>]*?)src="([^"]+)"([^>]*)>\s*<\/picture>/g;

/**
 * Pictures of a README on the site: the light and the dark one side by side, of which the page's theme, not the system's,
 * shows one.
 */
export const rewritePictures = (page: string, html: string): string =>
  html.replace(PICTURE, (_, dark: string, before: string, light: string, after: string) =>
    [
      ['light', light],
      ['dark', dark],
    ]
      .map(([theme = '', src = '']) => {
        const own = `<img ${before}src="${siteImage(page, src)}"${after}>`;
        return own.replace('<img ', `<img class="in-${theme}" loading="lazy" `);
      })
      .join('\n'),
  );
