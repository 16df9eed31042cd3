import { SteadyformerError } from '@steadyformer/core';
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
}

const FIRST = 4;

/**
 * Reads sentences, one a line: ids where every token is a whole number, else words, of which the `limit` most
 * frequent get ids of their own and all others one.
 */
export const readSentences = async (file: string, limit: number): Promise<Sentences> => {
  const text = await readText(file, `--data ${file}`);
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim().split(/\s+/).filter(Boolean))
    .filter((words) => words.length > 0);
  if (lines.length === 0) throw new SteadyformerError(`--data ${file}: the file holds no sentence`);
  if (lines.every((words) => words.every((word) => /^\d+$/.test(word)))) {
    const ids = lines.map((words) => words.map(Number));
    return { ids, vocabulary: ids.reduce((top, row) => row.reduce((a, b) => Math.max(a, b), top), 0) + 1 };
  }
  const counts = new Map<string, number>();
  for (const word of lines.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  const frequent = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, limit);
  const idOf = new Map(frequent.map(([word], i) => [word, FIRST + i]));
  const other = FIRST + frequent.length;
  return { ids: lines.map((words) => words.map((word) => idOf.get(word) ?? other)), vocabulary: other + 1 };
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
