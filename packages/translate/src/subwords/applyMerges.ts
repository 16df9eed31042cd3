import type { RandomStream } from '@steadyformer/core';
import { PairHeap } from './pairHeap';

/** BPE-dropout (Provilkov et al., 2020): each possible merge is left out with this probability at each step. */
export interface MergeDropout {
  readonly rate: number;
  readonly random: RandomStream;
  /** Draws made so far from `random`; counted on as merges are considered. */
  drawn: number;
}

/** Key of a pair in the table of ranks. No symbol holds a space: spaces part words or become a mark. */
export const pairKey = (a: string, b: string): string => `${a} ${b}`;

/** The rank of a pair that is never merged. */
const NONE = -1;
/** Pieces of more symbols are merged from a heap: every step over all symbols would take quadratic time. */
const LONG = 100;

type Ranks = ReadonlyMap<string, number>;

/**
 * Merges neighbouring symbols in the order in which the merges were learned: while any pair has a rank, every
 * occurrence of the pair of lowest rank is merged, from left to right.
 */
export const applyMerges = (
  symbols: readonly string[],
  ranks: Ranks,
  dropout?: MergeDropout,
): readonly string[] =>
  dropout || symbols.length <= LONG ? mergeInSteps(symbols, ranks, dropout) : mergeFromHeap(symbols, ranks);

const rankOf = (symbols: readonly string[], i: number, ranks: Ranks): number =>
  i >= 0 && i + 1 < symbols.length ? (ranks.get(pairKey(symbols[i]!, symbols[i + 1]!)) ?? NONE) : NONE;

/** Looks at every pair in each step, in order: what dropout draws for. */
export const mergeInSteps = (
  symbols: readonly string[],
  ranks: Ranks,
  dropout?: MergeDropout,
): readonly string[] => {
  let current = symbols;
  let pairs = symbols.map((_, i) => rankOf(symbols, i, ranks));
  for (;;) {
    let best = Number.POSITIVE_INFINITY;
    let places: number[] = [];
    for (let i = 0; i < pairs.length; i++) {
      const rank = pairs[i]!;
      if (rank === NONE) continue;
      if (dropout && dropout.random.uniformAt(dropout.drawn++) < dropout.rate) continue;
      if (rank < best) {
        best = rank;
        places = [i];
      } else if (rank === best) places.push(i);
    }
    if (places.length === 0) return current;
    const merged: string[] = [];
    const kept: number[] = [];
    const changed: number[] = [];
    for (let i = 0, p = 0; i < current.length; i++) {
      while (p < places.length && places[p]! < i) p++;
      kept.push(pairs[i]!);
      if (places[p] !== i) merged.push(current[i]!);
      else {
        changed.push(merged.length);
        merged.push(current[i]! + current[++i]!);
      }
    }
    for (const at of changed) {
      if (at > 0) kept[at - 1] = rankOf(merged, at - 1, ranks);
      kept[at] = rankOf(merged, at, ranks);
    }
    current = merged;
    pairs = kept;
  }
};

/** The same without looking at what does not change: symbols in a linked list, pairs in a heap by rank and place. */
export const mergeFromHeap = (symbols: readonly string[], ranks: Ranks): readonly string[] => {
  const n = symbols.length;
  const texts = [...symbols];
  const next = Int32Array.from({ length: n }, (_, i) => (i + 1 < n ? i + 1 : -1));
  const before = Int32Array.from({ length: n }, (_, i) => i - 1);
  const pairs = Float64Array.from({ length: n }, (_, i) => rankOf(texts, i, ranks));
  const heap = new PairHeap((rankA, a, rankB, b) => rankA < rankB || (rankA === rankB && a < b));
  for (let i = 0; i < n; i++) if (pairs[i] !== NONE) heap.push(pairs[i]!, i);
  const renew = (i: number): void => {
    const after = i < 0 ? -1 : next[i]!;
    if (i < 0) return;
    pairs[i] = after < 0 ? NONE : (ranks.get(pairKey(texts[i]!, texts[after]!)) ?? NONE);
  };
  for (let top = heap.pop(); top; ) {
    const rank = top.count;
    const changed: number[] = [];
    // All places of this rank that there are by now; what their merges make waits for the next round.
    for (; top && top.count === rank; top = heap.pop()) {
      const at = top.pair;
      if (pairs[at] !== rank) continue;
      const gone = next[at]!;
      texts[at]! += texts[gone]!;
      next[at] = next[gone]!;
      if (next[at]! >= 0) before[next[at]!] = at;
      pairs[gone] = NONE;
      renew(at);
      renew(before[at]!);
      changed.push(before[at]!, at);
    }
    if (top) heap.push(top.count, top.pair);
    for (const at of changed) if (at >= 0 && pairs[at] !== NONE) heap.push(pairs[at]!, at);
    top = heap.pop();
  }
  const merged: string[] = [];
  for (let i = n > 0 ? 0 : -1; i >= 0; i = next[i]!) merged.push(texts[i]!);
  return merged;
};
