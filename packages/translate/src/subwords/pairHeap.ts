/** Whether entry (count a, pair a) comes before (count b, pair b). */
export type ComesFirst = (countA: number, pairA: number, countB: number, pairB: number) => boolean;

/** A binary heap of (count, pair) with the first by `comesFirst` on top. */
export class PairHeap {
  private readonly counts: number[] = [];
  private readonly pairs: number[] = [];

  constructor(private readonly comesFirst: ComesFirst) {}

  get size(): number {
    return this.pairs.length;
  }

  push(count: number, pair: number): void {
    const { counts, pairs } = this;
    let at = pairs.length;
    counts.push(count);
    pairs.push(pair);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.comesFirst(count, pair, counts[parent]!, pairs[parent]!)) break;
      counts[at] = counts[parent]!;
      pairs[at] = pairs[parent]!;
      at = parent;
    }
    counts[at] = count;
    pairs[at] = pair;
  }

  /** Removes and returns the first entry, undefined where there is none. */
  pop(): { readonly count: number; readonly pair: number } | undefined {
    const { counts, pairs } = this;
    const top = pairs[0];
    const topCount = counts[0];
    if (top === undefined || topCount === undefined) return undefined;
    const count = counts.pop()!;
    const pair = pairs.pop()!;
    const size = pairs.length;
    if (size > 0) {
      let at = 0;
      for (let child = 1; child < size; child = 2 * at + 1) {
        if (
          child + 1 < size &&
          this.comesFirst(counts[child + 1]!, pairs[child + 1]!, counts[child]!, pairs[child]!)
        ) {
          child++;
        }
        if (!this.comesFirst(counts[child]!, pairs[child]!, count, pair)) break;
        counts[at] = counts[child]!;
        pairs[at] = pairs[child]!;
        at = child;
      }
      counts[at] = count;
      pairs[at] = pair;
    }
    return { count: topCount, pair: top };
  }
}
