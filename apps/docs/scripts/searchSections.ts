import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packagePages from '../packages/[name].paths';
import { fromSources } from './fromSources';

/** A part of a page, as the search lists it. */
export interface SearchSection {
  readonly anchor: string;
  /** Headings above it and its own. */
  readonly titles: string[];
  readonly text: string;
}

const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s-]+/gu, '')
    .trim()
    .replaceAll(/\s+/gu, '-');

/** Words of Markdown: without scripts, pictures, tags and marks. */
const wordsOf = (markdown: string): string =>
  markdown
    .replaceAll(/<(script|svg)[\s\S]*?<\/\1>/gu, ' ')
    .replaceAll(/<[^>]+>/gu, ' ')
    .replaceAll(/\]\([^)]*\)/gu, ']')
    .replaceAll(/^\s*\|[-:| ]+\|$/gmu, ' ')
    .replaceAll(/[`*|[\]\\]/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .trim();

/** The sections of a page, a heading of level 1 to 3 each. */
export const sectionsOf = (markdown: string): SearchSection[] => {
  const headings: string[] = [];
  return markdown
    .replaceAll(/<(script|svg)[\s\S]*?<\/\1>/gu, ' ')
    .split(/^(?=#{1,3} )/mu)
    .flatMap((part) => {
      const [, marks, heading, text = ''] = /^(#+) (.*)\n?([\s\S]*)$/u.exec(part) ?? [];
      if (!marks || heading === undefined) return [];
      headings.splice(marks.length - 1, headings.length, wordsOf(heading));
      const titles = headings.filter((each) => each !== undefined && each !== '');
      return [{ anchor: marks.length === 1 ? '' : slug(heading), titles, text: wordsOf(text) }];
    });
};

interface Made {
  readonly name: string;
  readonly content: string;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Sections of the pages that are made from code, which VitePress's search does not see by itself: for its option
 * `miniSearch._splitIntoSections`. Of other pages undefined, whatever the option's type says: the search splits them.
 */
export const searchSections = async (): Promise<(path: string) => SearchSection[]> => {
  const made = async (folder: string): Promise<(readonly [string, string])[]> =>
    (await fromSources<Made[]>(new URL(`../${folder}/pages.ts`, import.meta.url))).map(
      ({ name, content }) => [join(ROOT, folder, `${name}.md`), content] as const,
    );
  const pages = new Map([
    ...(await made('methods')),
    ...(await made('results')),
    ...packagePages
      .paths()
      .map(({ params, content }) => [join(ROOT, 'packages', `${params.name}.md`), content] as const),
  ]);
  return (path) => {
    const content = pages.get(path);
    return (content === undefined ? undefined : sectionsOf(content)) as SearchSection[];
  };
};
