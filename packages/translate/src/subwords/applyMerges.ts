import type { RandomStream } from '@steadyformer/core';
import { type MergeTable, NONE } from './mergeTable';
import { PairHeap } from './pairHeap';

/** BPE-dropout (Provilkov et al., 2020): each possible merge is left out with this probability at each step. */
export interface MergeDropout {
  readonly rate: number;
  readonly random: RandomStream;
  /** Draws made so far from `random`; counted on as merges are considered. */
  drawn: number;
}

/** Pieces of more symbols are merged from a heap: every step over all symbols would take quadratic time. */
const LONG = 100;

/**
 * Merges neighbouring symbols in the order in which the merges were learned: while any pair has a rank, every
 * occurrence of the pair of lowest rank is merged, from left to right.
 */
export const applyMerges = (
  symbols: readonly number[],
  table: MergeTable,
  dropout?: MergeDropout,
): readonly number[] =>
  dropout || symbols.length <= LONG ? mergeInSteps(symbols, table, dropout) : mergeFromHeap(symbols, table);

/** Looks at every pair in each step, in order: what dropout draws for. */
export const mergeInSteps = (
  symbols: readonly number[],
  table: MergeTable,
  dropout?: MergeDropout,
): readonly number[] => {
  const current = [...symbols];
  let length = current.length;
  // By place: the rank of the pair that begins there.
  const ranks = current.map((symbol, i) => (i + 1 < length ? table.rankOf(symbol, current[i + 1]!) : NONE));
  const places: number[] = [];
  for (;;) {
    let best = NONE;
    let found = 0;
    for (let i = 0; i < length; i++) {
      const rank = ranks[i]!;
      if (rank === NONE) continue;
      if (dropout && dropout.random.uniformAt(dropout.drawn++) < dropout.rate) continue;
      if (best === NONE || rank < best) {
        best = rank;
        found = 0;
      }
      if (rank === best) places[found++] = i;
    }
    if (best === NONE) return length === current.length ? current : current.slice(0, length);
    const made = table.made[best]!;
    let [kept, changed] = [0, 0];
    for (let i = 0, p = 0; i < length; i++, kept++) {
      while (p < found && places[p]! < i) p++;
      ranks[kept] = ranks[i]!;
      current[kept] = current[i]!;
      if (p === found || places[p] !== i) continue;
      current[kept] = made;
      i++;
      // What is written over was read: as many places are changed as were met, or fewer.
      places[changed++] = kept;
    }
    length = kept;
    for (let k = 0; k < changed; k++) {
      const at = places[k]!;
      if (at > 0) ranks[at - 1] = table.rankOf(current[at - 1]!, made);
      ranks[at] = at + 1 < length ? table.rankOf(made, current[at + 1]!) : NONE;
    }
  }
};

/** The same without looking at what does not change: symbols in a linked list, pairs in a heap by rank and place. */
export const mergeFromHeap = (symbols: readonly number[], table: MergeTable): readonly number[] => {
  const n = symbols.length;
  const current = [...symbols];
  const next = Int32Array.from({ length: n }, (_, i) => (i + 1 < n ? i + 1 : -1));
  const before = Int32Array.from({ length: n }, (_, i) => i - 1);
  const pairs = Float64Array.from({ length: n }, (_, i) =>
    i + 1 < n ? table.rankOf(symbols[i]!, symbols[i + 1]!) : NONE,
  );
  const heap = new PairHeap((rankA, a, rankB, b) => rankA < rankB || (rankA === rankB && a < b));
  for (let i = 0; i < n; i++) if (pairs[i] !== NONE) heap.push(pairs[i]!, i);
  const renew = (i: number): void => {
    const after = i < 0 ? -1 : next[i]!;
    if (i < 0) return;
    pairs[i] = after < 0 ? NONE : table.rankOf(current[i]!, current[after]!);
  };
  for (let top = heap.pop(); top; ) {
    const rank = top.count;
    const changed: number[] = [];
    // All places of this rank that there are by now; what their merges make waits for the next round.
    for (; top && top.count === rank; top = heap.pop()) {
      const at = top.pair;
      if (pairs[at] !== rank) continue;
      const gone = next[at]!;
      current[at] = table.made[rank]!;
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
  const merged: number[] = [];
  for (let i = n > 0 ? 0 : -1; i >= 0; i = next[i]!) merged.push(current[i]!);
  return merged;
};
