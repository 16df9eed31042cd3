import type { RandomStream } from '@steadyformer/core';

/** BPE-dropout (Provilkov et al., 2020): each possible merge is left out with this probability at each step. */
export interface MergeDropout {
  readonly rate: number;
  readonly random: RandomStream;
  /** Draws made so far from `random`; counted on as merges are considered. */
  drawn: number;
}

/** Key of a pair in the table of ranks. No symbol holds a space: spaces part words or become a mark. */
export const pairKey = (a: string, b: string): string => `${a} ${b}`;

/**
 * Merges neighbouring symbols in the order in which the merges were learned: while any pair has a rank, every
 * occurrence of the pair of lowest rank is merged, from left to right.
 */
export const applyMerges = (
  symbols: readonly string[],
  ranks: ReadonlyMap<string, number>,
  dropout?: MergeDropout,
): readonly string[] => {
  let current = symbols;
  while (current.length > 1) {
    let best = Number.POSITIVE_INFINITY;
    let places: number[] = [];
    for (let i = 0; i + 1 < current.length; i++) {
      const rank = ranks.get(pairKey(current[i]!, current[i + 1]!));
      if (rank === undefined) continue;
      if (dropout && dropout.random.uniformAt(dropout.drawn++) < dropout.rate) continue;
      if (rank < best) {
        best = rank;
        places = [i];
      } else if (rank === best) places.push(i);
    }
    if (places.length === 0) break;
    const merged: string[] = [];
    let next = 0;
    for (const place of places) {
      if (place < next) continue;
      merged.push(...current.slice(next, place), current[place]! + current[place + 1]!);
      next = place + 2;
    }
    merged.push(...current.slice(next));
    current = merged;
  }
  return current;
};
