import { invalidArgument, SteadyformerError } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { readText } from './readText';

/** What batches are made of. */
export interface BatchSizes {
  readonly sentences: number;
  /** Tokens of a sentence. */
  readonly length: number;
  /** Ids of synthetic text, or how many of the words of `data` get ids of their own. */
  readonly vocabulary: number;
  /** A file of sentences. Absent: synthetic text. */
  readonly data?: string;
}

/** Sentences as ids, and how many ids there are. Words begin at 4. */
export interface Sentences {
  readonly ids: readonly (readonly number[])[];
  readonly vocabulary: number;
  /** The line of the largest id, where the file holds ids. */
  readonly largestIn?: number;
}

const FIRST = 4;

/** Ids travel through float32 on some backends, which tells whole numbers apart up to here. */
const LARGEST_ID = 2 ** 24;

/**
 * Reads sentences, one a line: ids where every token is a whole number, else words, of which the `limit` most
 * frequent get ids of their own and all others one.
 *
 * @throws SteadyformerError that names the file, and the line of an id that no model has
 */
export const readSentences = async (file: string, limit: number): Promise<Sentences> => {
  const lines = (await readText(file, `--data ${file}`))
    .split(/\r?\n/)
    .map((line, i) => ({ number: i + 1, words: line.trim().split(/\s+/).filter(Boolean) }))
    .filter(({ words }) => words.length > 0);
  if (lines.length === 0) throw new SteadyformerError(`--data ${file}: the file holds no sentence`);
  const ids = lines.every(({ words }) => words.every((word) => /^\d+$/.test(word)));
  return ids ? fromIds(lines, file) : fromWords(lines, limit);
};

/** A line of a file that is not empty. */
interface Line {
  /** From 1. */
  readonly number: number;
  readonly words: readonly string[];
}

const fromIds = (lines: readonly Line[], file: string): Sentences => {
  let largest = { id: -1, line: 0 };
  const ids = lines.map(({ number: line, words }) =>
    words.map((word) => {
      const id = Number(word);
      if (id > LARGEST_ID) {
        throw invalidArgument({
          what: `--data ${file}, line ${line}: id`,
          received: word,
          allowed: `whole numbers to ${LARGEST_ID}`,
        });
      }
      if (id > largest.id) largest = { id, line };
      return id;
    }),
  );
  return { ids, vocabulary: largest.id + 1, largestIn: largest.line };
};

const fromWords = (lines: readonly Line[], limit: number): Sentences => {
  const counts = new Map<string, number>();
  for (const word of lines.flatMap(({ words }) => words)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const frequent = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, limit);
  const idOf = new Map(frequent.map(([word], i) => [word, FIRST + i]));
  const other = FIRST + frequent.length;
  return {
    ids: lines.map(({ words }) => words.map((word) => idOf.get(word) ?? other)),
    vocabulary: other + 1,
  };
};

/** Sentences cut or padded to one length, from the seed's place in the file on: [sentences, length]. */
export const sentenceBatch = (
  ids: Sentences['ids'],
  { sentences, length }: BatchSizes,
  seed: number,
  padId: number,
): tf.Tensor2D => {
  const rows = Array.from({ length: sentences }, (_, i) => {
    const sentence = ids[((seed - 1) * sentences + i) % ids.length]!;
    return Array.from({ length }, (_, t) => sentence[t] ?? padId);
  });
  return tf.tensor2d(rows, [sentences, length], 'int32');
};
