import type { Merge } from './learnMerges';

/** The rank of a pair that is never merged. */
export const NONE = -1;

/**
 * Merges over symbols as numbers: the symbols that are named first, in their order, then those that merges alone know.
 * Other symbols are negative: those of no merge.
 */
export class MergeTable {
  /** By number. */
  readonly names: string[] = [];
  /** By rank: the symbol that the merge makes. */
  readonly made: number[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly ranks = new Map<number, number>();

  /** @param reserved how many numbers come before those of `symbols` and stand for none */
  constructor(symbols: Iterable<string>, merges: readonly Merge[], reserved = 0) {
    this.names.length = reserved;
    const numberOf = (name: string): number => {
      const known = this.numbers.get(name);
      if (known !== undefined) return known;
      const number = this.names.push(name) - 1;
      this.numbers.set(name, number);
      return number;
    };
    for (const symbol of symbols) numberOf(symbol);
    const keys = merges.map(([left, right]) => [numberOf(left), numberOf(right)] as const);
    for (const [left, right] of merges) this.made.push(numberOf(left + right));
    for (const [rank, [left, right]] of keys.entries()) {
      const key = this.keyOf(left, right);
      // Of a merge that is listed twice the first counts, as in subword-nmt.
      if (!this.ranks.has(key)) this.ranks.set(key, rank);
    }
  }

  /** The number of a symbol, undefined where there is none. */
  numberOf(name: string): number | undefined {
    return this.numbers.get(name);
  }

  /** When the pair is merged: the lower, the sooner. */
  rankOf(left: number, right: number): number {
    return left < 0 || right < 0 ? NONE : (this.ranks.get(this.keyOf(left, right)) ?? NONE);
  }

  private keyOf(left: number, right: number): number {
    return left * this.names.length + right;
  }
}
