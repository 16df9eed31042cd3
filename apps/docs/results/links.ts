import { linkFrom, locate } from '../.vitepress/repositoryLinks';

/** The results' page of a file of the repository, or what else shows it. */
const pageOf = (path: string): string => {
  const [, item] =
    /^experiments\/(?:src\/items\/([\w-]+)(?:\/README\.md)?|results\/[\w-]+\.\w+)$/u.exec(path) ?? [];
  if (item) return `/results/${item}`;
  const pages: Readonly<Record<string, string>> = {
    'experiments/README.md': '/results/',
    'experiments/LOG.md': '/results/log',
    'benchmarks/README.md': '/results/benchmarks',
  };
  return pages[path] ?? locate(path);
};

/** Markdown of a README in `folder` with its relative links made the site's own, or the repository's. */
export const withLinks = (markdown: string, folder: string): string =>
  markdown.replaceAll(/(!?\[[^\]]*\])\(([^)\s]+)\)/gu, (whole, text: string, href: string) =>
    text.startsWith('!') ? whole : `${text}(${linkFrom(folder, href, pageOf)})`,
  );
