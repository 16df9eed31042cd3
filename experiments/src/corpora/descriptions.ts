import { sentencePairs } from '../../../corpora/scripts/lib/sentences.mjs';
import type { Pair } from './pair';

/** The description of a package in one language. */
export interface Description {
  readonly package: string;
  /** Digest of the English text, the same in all languages. */
  readonly md5: string;
  /** The short description, then the paragraphs of the long one. */
  readonly paragraphs: readonly string[];
}

/** A field of a record; lines after its first begin with a space. */
const fieldsOf = (record: string): Map<string, string> => {
  const fields = new Map<string, string>();
  for (const [, name, value] of record.matchAll(/^([\w-]+):[ \t]*((?:.*)(?:\n[ \t].*)*)/gmu)) {
    fields.set(name!, value!);
  }
  return fields;
};

/** A long description: ` .` parts paragraphs, a line that is indented further stands by itself. */
const paragraphsOf = (text: string): string[] => {
  const [short, ...lines] = text.split('\n');
  const paragraphs: string[] = [];
  let open = false;
  for (const line of lines.map((each) => each.slice(1))) {
    if (line.trim() === '.' || line.trim() === '') open = false;
    else if (/^\s/u.test(line)) {
      // "  * an item", and what is to be shown as it stands
      paragraphs.push(line.trim().replace(/^[-*+•]\s+/u, ''));
      open = false;
    } else if (open) paragraphs[paragraphs.length - 1] += ` ${line.trim()}`;
    else {
      paragraphs.push(line.trim());
      open = true;
    }
  }
  return [short!.trim(), ...paragraphs];
};

/** Reads a `Translation-xx` list of a Debian archive. */
export const readDescriptions = (list: string, language: string): Description[] =>
  list.split(/\n{2,}/u).flatMap((record) => {
    const fields = fieldsOf(record);
    const [name, md5] = [fields.get('Package'), fields.get('Description-md5')];
    const text = fields.get(`Description-${language}`);
    if (name === undefined || md5 === undefined || text === undefined) return [];
    return [{ package: name, md5, paragraphs: paragraphsOf(text) }];
  });

/** Sentences of descriptions beside those of their translations, where both have equally many paragraphs. */
export const describedPairs = (source: readonly Description[], target: readonly Description[]): Pair[] => {
  const translations = new Map(target.map((each) => [each.md5, each]));
  return source.flatMap(({ package: group, md5, paragraphs }) => {
    const other = translations.get(md5)?.paragraphs ?? [];
    if (other.length !== paragraphs.length) return [];
    return paragraphs.flatMap((text, i) =>
      other[i]!.includes('<trans>')
        ? []
        : sentencePairs(text, other[i]!).map(({ en, de }) => ({ group, source: en, target: de })),
    );
  });
};
