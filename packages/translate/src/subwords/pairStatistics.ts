/** A word as symbol ids, and how often it occurs. */
export interface CountedWord {
  symbols: Int32Array;
  readonly count: number;
}

/** How often each pair of neighbouring symbols occurs, and in which words: kept up to date merge by merge. */
export class PairStatistics {
  /** By pair number: its symbols, its count, and the words it was seen in (a superset, with repetitions). */
  readonly left: number[] = [];
  readonly right: number[] = [];
  readonly counts: number[] = [];
  private readonly where: number[][] = [];
  private readonly numbers: Map<number, number>[] = [];

  constructor(private readonly words: CountedWord[]) {
    for (const [at, { symbols, count }] of words.entries())
      this.count(at, symbols, 0, symbols.length - 1, count);
  }

  /** Merges a pair in every word into `symbol`; returns the pairs whose counts may have grown. */
  merge(pair: number, symbol: number): Set<number> {
    const [a, b] = [this.left[pair]!, this.right[pair]!];
    const grown = new Set<number>();
    const places = this.where[pair]!;
    this.where[pair] = [];
    for (const at of places) {
      const word = this.words[at]!;
      const { symbols: old, count } = word;
      const merged = new Int32Array(old.length);
      let length = 0;
      let first = -1;
      let end = 0;
      for (let i = 0; i < old.length; i++) {
        if (old[i] === a && old[i + 1] === b) {
          if (first < 0) first = i;
          merged[length++] = symbol;
          end = ++i + 1;
        } else merged[length++] = old[i]!;
      }
      if (first < 0) continue;
      // Pairs wholly before the first or after the last merge stay as they are.
      const from = Math.max(0, first - 1);
      const tail = old.length - end;
      this.count(at, old, from, Math.min(end, old.length - 1), -count);
      word.symbols = merged.slice(0, length);
      this.count(at, word.symbols, from, Math.min(length - tail, length - 1), count, grown);
    }
    return grown;
  }

  /** Adds `count` to the pairs that start at `from` to `to - 1` of word number `at`. */
  private count(
    at: number,
    symbols: Int32Array,
    from: number,
    to: number,
    count: number,
    grown?: Set<number>,
  ): void {
    for (let i = from; i < to; i++) {
      const pair = this.numberOf(symbols[i]!, symbols[i + 1]!);
      this.counts[pair]! += count;
      if (count < 0) continue;
      const places = this.where[pair]!;
      if (places[places.length - 1] !== at) places.push(at);
      grown?.add(pair);
    }
  }

  private numberOf(a: number, b: number): number {
    let row = this.numbers[a];
    if (!row) {
      row = new Map();
      this.numbers[a] = row;
    }
    let pair = row.get(b);
    if (pair === undefined) {
      pair = this.left.length;
      row.set(b, pair);
      this.left.push(a);
      this.right.push(b);
      this.counts.push(0);
      this.where.push([]);
    }
    return pair;
  }
}
