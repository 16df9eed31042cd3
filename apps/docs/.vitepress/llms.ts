import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { plainMarkdown } from './text';

/** A page as others than browsers read it. */
export interface TextPage {
  /** `guide/idea.md` */
  readonly path: string;
  readonly title: string;
  readonly description: string;
  readonly markdown: string;
}

const SECTIONS: readonly (readonly [RegExp, string])[] = [
  [/^guide\//, 'Guide'],
  [/^(?:methods|results|atlas|playground)\//, 'Methods, results, atlas, playground'],
  [/^packages\//, 'Packages'],
  [/^api\//, 'API reference'],
];

/** `llms.txt`: every page with its description and where its markdown lies, by section. */
export const indexOf = (name: string, about: string, pages: readonly TextPage[], base: string): string => {
  const line = ({ path, title, description }: TextPage): string =>
    `- [${title}](${base}${path})${description === '' ? '' : `: ${description}`}`;
  const sections = SECTIONS.flatMap(([pattern, heading]) => {
    const own = ordered(pages).filter(({ path }) => pattern.test(path));
    return own.length === 0 ? [] : [`## ${heading}\n\n${own.map(line).join('\n')}`];
  });
  return `${[`# ${name}`, `> ${about}`, ...sections].join('\n\n')}\n`;
};

/** The pages by section, those of none, as the home page, first. */
const ordered = (pages: readonly TextPage[]): readonly TextPage[] => {
  const rank = ({ path }: TextPage): number => SECTIONS.findIndex(([pattern]) => pattern.test(path));
  return pages.toSorted((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
};

/** `llms-full.txt`: the text of all pages, each with its path above. */
export const fullOf = (pages: readonly TextPage[], base: string): string =>
  ordered(pages)
    .map(({ path, markdown }) => `<!-- ${base}${path} -->\n\n${plainMarkdown(markdown)}\n`)
    .join('\n');

/** Writes both, and the markdown of every page beside its HTML. */
export const writeTexts = (
  folder: string,
  { title, description }: { readonly title: string; readonly description: string },
  pages: readonly TextPage[],
  base: string,
): void => {
  const write = (path: string, text: string): void => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  write('llms.txt', indexOf(title, description, pages, base));
  write('llms-full.txt', fullOf(pages, base));
  for (const { path, markdown } of pages) write(path, `${plainMarkdown(markdown)}\n`);
};
