import { posix } from 'node:path';
import { REPOSITORY } from '../scripts/repository.mjs';

/** The site's page of a file of the repository; undefined where there is none. */
const pageOf = (path: string): string | undefined => {
  const [, item] =
    /^experiments\/(?:src\/items\/([\w-]+)(?:\/README\.md)?|results\/[\w-]+\.\w+)$/u.exec(path) ?? [];
  if (item) return `/results/${item}`;
  const [, named] = /^packages\/([\w-]+)(?:\/README\.md)?$/u.exec(path) ?? [];
  if (named) return `/packages/${named}`;
  return {
    'experiments/README.md': '/results/',
    'experiments/LOG.md': '/results/log',
    'benchmarks/README.md': '/results/benchmarks',
  }[path];
};

/** Markdown of a README in `folder` with its relative links made the site's own, or the repository's. */
export const withLinks = (markdown: string, folder: string): string =>
  markdown.replaceAll(/(!?\[[^\]]*\])\(([^)\s]+)\)/gu, (whole, text: string, href: string) => {
    if (text.startsWith('!') || /^(?:[a-z]+:|\/|#)/iu.test(href)) return whole;
    const [path = '', anchor] = href.split('#');
    const target = posix.normalize(posix.join(folder, path)).replace(/\/$/u, '');
    const page = pageOf(target) ?? `${REPOSITORY}/tree/main/${target}`;
    return `${text}(${page}${anchor === undefined ? '' : `#${anchor}`})`;
  });
