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
    for (const [at, { symbols, count }] of words.entries()) {
      for (let i = 0; i + 1 < symbols.length; i++) this.add(at, symbols[i]!, symbols[i + 1]!, count);
    }
  }

  /** Merges a pair in every word into `symbol`; returns the pairs whose counts may have grown. */
  merge(pair: number, symbol: number): Set<number> {
    const grown = new Set<number>();
    const places = this.where[pair]!;
    this.where[pair] = [];
    for (const at of places) this.mergeIn(at, this.left[pair]!, this.right[pair]!, symbol, grown);
    return grown;
  }

  /** Merges in one word, in place. Only the pairs that a merged symbol is or was part of are counted. */
  private mergeIn(at: number, a: number, b: number, symbol: number, grown: Set<number>): void {
    const word = this.words[at]!;
    const { symbols, count } = word;
    const merged: number[] = [];
    let length = 0;
    let end = -1;
    for (let i = 0; i < symbols.length; i++) {
      if (symbols[i] !== a || symbols[i + 1] !== b) {
        symbols[length++] = symbols[i]!;
        continue;
      }
      // What stands before is still there: as much is written as was read, or less.
      if (i > 0 && i !== end) this.subtract(symbols[i - 1]!, a, count);
      this.subtract(a, b, count);
      if (i + 2 < symbols.length) this.subtract(b, symbols[i + 2]!, count);
      end = i + 2;
      merged.push(length);
      symbols[length++] = symbol;
      i++;
    }
    word.symbols = symbols.subarray(0, length);
    for (const [k, place] of merged.entries()) {
      if (place > 0 && merged[k - 1] !== place - 1)
        grown.add(this.add(at, symbols[place - 1]!, symbol, count));
      if (place + 1 < length) grown.add(this.add(at, symbol, symbols[place + 1]!, count));
    }
  }

  private subtract(a: number, b: number, count: number): void {
    this.counts[this.numberOf(a, b)]! -= count;
  }

  /** Counts a pair of word number `at`; returns its number. */
  private add(at: number, a: number, b: number, count: number): number {
    const pair = this.numberOf(a, b);
    this.counts[pair]! += count;
    const places = this.where[pair]!;
    if (places[places.length - 1] !== at) places.push(at);
    return pair;
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
