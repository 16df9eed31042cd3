/** Lengths of lines at some shares of them. */
export interface Quantiles {
  readonly median: number;
  readonly p90: number;
  readonly p99: number;
  readonly longest: number;
}

/** Whole numbers counted by value, so that their quantiles are known whatever there are of them. */
export class Lengths {
  private readonly counts = new Map<number, number>();
  private total = 0;

  add(length: number): void {
    this.counts.set(length, (this.counts.get(length) ?? 0) + 1);
    this.total++;
  }

  /** The smallest length that at least so large a share of all does not exceed. */
  get quantiles(): Quantiles {
    const sorted = [...this.counts].sort(([a], [b]) => a - b);
    let below = 0;
    const upTo = sorted.map(([length, count]) => {
      below += count;
      return { length, share: below / this.total };
    });
    const at = (wanted: number): number => upTo.find(({ share }) => share >= wanted)?.length ?? 0;
    return { median: at(0.5), p90: at(0.9), p99: at(0.99), longest: sorted.at(-1)?.[0] ?? 0 };
  }
}
