import { readFile } from 'node:fs/promises';
import { SteadyformerError } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/** Sentences as ids, and how many ids there are. Id 1 pads; words begin at 4. */
export interface Sentences {
  readonly ids: readonly (readonly number[])[];
  readonly vocabulary: number;
}

const PAD = 1;
const FIRST = 4;

/**
 * Reads sentences, one a line: ids where every token is a whole number, else words, of which the `limit` most
 * frequent get ids of their own and all others one.
 */
export const readSentences = async (file: string, limit: number): Promise<Sentences> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    throw new SteadyformerError(`--data ${file}: the file cannot be read`);
  }
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim().split(/\s+/).filter(Boolean))
    .filter((words) => words.length > 0);
  if (lines.length === 0) throw new SteadyformerError(`--data ${file}: the file holds no sentence`);
  if (lines.every((words) => words.every((word) => /^\d+$/.test(word)))) {
    const ids = lines.map((words) => words.map(Number));
    return { ids, vocabulary: Math.max(...ids.map((row) => Math.max(...row))) + 1 };
  }
  const counts = new Map<string, number>();
  for (const word of lines.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  const frequent = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, limit);
  const idOf = new Map(frequent.map(([word], i) => [word, FIRST + i]));
  const other = FIRST + frequent.length;
  return { ids: lines.map((words) => words.map((word) => idOf.get(word) ?? other)), vocabulary: other + 1 };
};

/** A batch of `count` sentences cut or padded to `length`, from the seed's place in the file on: [count, length]. */
export const sentenceBatch = (
  { ids }: Sentences,
  count: number,
  length: number,
  seed: number,
): tf.Tensor2D => {
  const rows = Array.from({ length: count }, (_, i) => {
    const sentence = ids[((seed - 1) * count + i) % ids.length]!;
    return Array.from({ length }, (_, t) => sentence[t] ?? PAD);
  });
  return tf.tensor2d(rows, [count, length], 'int32');
};
