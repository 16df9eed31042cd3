import { uniform } from './children/task';

/** A sentence a line, on both sides. */
export interface ParallelText {
  readonly source: readonly string[];
  readonly target: readonly string[];
}

const ENDINGS = ['ung', 'er', 'ation', 's', 'lich', 'ing', 'ity', 'ment', 'keit', 'ly', 'al', 'ism'];
const LETTERS = [...'etaoinsrhldcumfpgwybvk'];
/** Words of repeated sentences that are made up anew. */
const NEW_WORDS = 0.08;

/**
 * Sentence pairs repeated until there are `count`. Of a repetition, some words get an ending that few others have, so that
 * there are about as many kinds of words as in real text of that length, most of them rare.
 */
export const repeatedText = (text: ParallelText, count: number): ParallelText => {
  const next = uniform(3);
  const one = (choice: readonly string[]): string => choice[Math.floor(next() * choice.length)]!;
  const changed = (word: string): string =>
    next() >= NEW_WORDS || !/^\p{L}+$/u.test(word) ? word : word + one(LETTERS) + one(LETTERS) + one(ENDINGS);
  const side = (lines: readonly string[]): string[] =>
    Array.from({ length: count }, (_, i) => {
      const line = lines[i % lines.length]!;
      return i < lines.length ? line : line.split(' ').map(changed).join(' ');
    });
  return { source: side(text.source), target: side(text.target) };
};

/** How many kinds of words, between spaces. */
export const kindsOfWords = ({ source, target }: ParallelText): number =>
  new Set([...source, ...target].flatMap((line) => line.split(' '))).size;
