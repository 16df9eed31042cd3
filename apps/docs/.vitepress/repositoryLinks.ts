import { posix } from 'node:path';

const REPOSITORY = 'https://github.com/steadyformer/steadyformer';

/** Which folder of the repository a page's text comes from; undefined for pages written for the site. */
const sourceFolder = (page: string): string | undefined => {
  if (page === 'index.md') return '.';
  const name = /^packages\/([\w-]+)\.md$/.exec(page)?.[1];
  return name === undefined ? undefined : `packages/${name}`;
};

/** The page of the site that shows a file of the repository, or the repository's own page of it. */
const locate = (path: string): string => {
  const [, name] = /^packages\/([\w-]+)(?:\/(?:README\.md)?)?$/.exec(path) ?? [];
  if (name) return `/packages/${name}`;
  if (path === '.' || path === 'README.md') return '/';
  const page = /^apps\/docs\/(.+)\.md$/.exec(path)?.[1];
  return page ? `/${page}` : `${REPOSITORY}/tree/main/${path}`;
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
  if (folder === undefined || /^(?:[a-z]+:|\/|#)/i.test(href)) return href;
  const [path = '', anchor] = href.split('#');
  const target = locate(posix.normalize(posix.join(folder, path)).replace(/(.)\/$/, '$1'));
  return anchor === undefined ? target : `${target}#${anchor}`;
};
