import { PairHeap } from './pairHeap';
import { type CountedWord, PairStatistics } from './pairStatistics';

/** One merge: the two symbols that become one. */
export type Merge = readonly [string, string];

/** Order of strings by code point (JavaScript's own is by UTF-16 unit, which differs beyond U+FFFF). */
export const compareCodePoints = (a: string, b: string): number => {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [x, y] = [a.codePointAt(i)!, b.codePointAt(i)!];
    if (x !== y) return x - y;
  }
  return a.length - b.length;
};

/** The symbols a piece starts from: its characters, the last with the end-of-word marker. */
export const initialSymbols = (piece: string, endOfWord: string): string[] => {
  const symbols = Array.from(piece);
  if (endOfWord !== '' && symbols.length > 0) symbols[symbols.length - 1] += endOfWord;
  return symbols;
};

interface LearnOptions {
  readonly merges: number;
  readonly minFrequency: number;
  readonly endOfWord: string;
  /** Told how many are learned, after each. */
  readonly onMerge?: (learned: number) => void;
}

/**
 * Byte-pair encoding (Sennrich et al., 2016, algorithm 1): merges the most frequent pair of neighbouring symbols, again
 * and again. Among equally frequent pairs the last in code-point order goes first, as in subword-nmt. Counts are
 * updated where a merge changes them, and a heap with outdated entries finds the next pair, so that a merge
 * costs about as much as the words it touches.
 *
 * @param pieces how often each piece occurs
 * @returns at most `merges` merges, each of a pair met at least `minFrequency` times
 */
export const learnMerges = (
  pieces: Iterable<readonly [string, number]>,
  { merges, minFrequency, endOfWord, onMerge }: LearnOptions,
): Merge[] => {
  const names: string[] = [];
  const ids = new Map<string, number>();
  const idOf = (name: string): number => {
    const known = ids.get(name);
    if (known !== undefined) return known;
    ids.set(name, names.length);
    return names.push(name) - 1;
  };
  const words: CountedWord[] = Array.from(pieces, ([piece, count]) => ({
    symbols: Int32Array.from(initialSymbols(piece, endOfWord), idOf),
    count,
  }));
  const pairs = new PairStatistics(words);
  const { left, right, counts } = pairs;
  const heap = new PairHeap((countA, a, countB, b) => {
    if (countA !== countB) return countA > countB;
    const order = compareCodePoints(names[left[a]!]!, names[left[b]!]!);
    return (order || compareCodePoints(names[right[a]!]!, names[right[b]!]!)) > 0;
  });
  for (const [pair, count] of counts.entries()) if (count >= minFrequency) heap.push(count, pair);

  const learned: Merge[] = [];
  while (learned.length < merges) {
    const top = heap.pop();
    if (!top) break;
    const count = counts[top.pair]!;
    if (count !== top.count) {
      // The count fell since this entry was made (growth makes an entry of its own).
      if (count >= minFrequency && count < top.count) heap.push(count, top.pair);
      continue;
    }
    const merge = [names[left[top.pair]!]!, names[right[top.pair]!]!] as const;
    learned.push(merge);
    onMerge?.(learned.length);
    for (const grown of pairs.merge(top.pair, idOf(merge[0] + merge[1]))) {
      if (counts[grown]! >= minFrequency) heap.push(counts[grown]!, grown);
    }
  }
  return learned;
};
