import type { GenericSchema } from 'valibot';
import { upTo } from '../checks/schemas';

/** How often each n-gram occurs. */
export type Counts = ReadonlyMap<string, number>;

/** Counts of the n-grams of `items`, each joined by `separator`. */
export const countNgrams = (items: readonly string[], n: number, separator: string): Map<string, number> => {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= items.length; i++) {
    let ngram = items[i]!;
    for (let j = i + 1; j < i + n; j++) ngram += separator + items[j]!;
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
};

/** How many n-grams of `a` are also in `b`, each counted as often as in the one that has fewer. */
export const countMatches = (a: Counts, b: Counts): number => {
  let matches = 0;
  for (const [ngram, count] of a) matches += Math.min(count, b.get(ngram) ?? 0);
  return matches;
};

/** Lengths of n-grams: longer ones than any sentence only take time. */
export const orders = (minimum = 1): GenericSchema<number> => upTo(1000, minimum);
