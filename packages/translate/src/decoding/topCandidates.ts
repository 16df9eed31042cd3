/** One continuation of one hypothesis of a sentence. */
export interface Candidate {
  /** Index into the rows given. */
  readonly hypothesis: number;
  readonly token: number;
  /** What it is ranked by: log-probability of the whole, less penalties. */
  readonly sum: number;
}

/** Tokens that count as less likely after one hypothesis than the model has them. */
export interface Lowered {
  /** The tokens that it is about. */
  readonly tokens: { has(token: number): boolean; readonly size: number };
  /** What stands for the log-probability of one of them: no more than that; -Infinity where it may not be said. */
  value(token: number, logProbability: number): number;
}

/** A row of log-probabilities, and what the hypothesis that it goes on from is ranked by. */
export interface CandidateRow {
  readonly row: number;
  readonly sum: number;
  readonly lowered?: Lowered | undefined;
}

/** The first place from `at` up to `end` whose number is no less than `bound`, or is none; `end` where there is none. */
const nextFrom = (numbers: Float32Array, at: number, end: number, bound: number): number => {
  while (
    at + 4 <= end &&
    numbers[at]! < bound &&
    numbers[at + 1]! < bound &&
    numbers[at + 2]! < bound &&
    numbers[at + 3]! < bound
  ) {
    at += 4;
  }
  while (at < end && numbers[at]! < bound) at++;
  return at;
};

/** What is less than this, added to `before`, is less than `sum`, however that is rounded. */
const boundOf = (sum: number, before: number): number =>
  sum - before - 4 * Number.EPSILON * (Math.abs(sum) + Math.abs(before));

/** The `count` best continuations among those offered; of equal ones the first offered. */
export class Candidates {
  readonly best: Candidate[] = [];
  /** What a sum has to be above. */
  threshold: number = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly count: number,
    private readonly forbidden: readonly number[],
  ) {}

  /** Whether what is no better than this sum need not be offered: an equal one may be, of an earlier token. */
  refuses(sum: number): boolean {
    return sum < this.threshold || sum === Number.NEGATIVE_INFINITY;
  }

  offer(hypothesis: number, { sum: before, lowered }: CandidateRow, token: number, value: number): void {
    const { best, count } = this;
    const sum = before + (lowered?.tokens.has(token) ? lowered.value(token, value) : value);
    if (!(sum > Number.NEGATIVE_INFINITY) || sum < this.threshold || this.forbidden.includes(token)) return;
    let at = best.length;
    const earlier = (other: Candidate): boolean => other.hypothesis === hypothesis && token < other.token;
    while (at > 0 && (best[at - 1]!.sum < sum || (best[at - 1]!.sum === sum && earlier(best[at - 1]!)))) at--;
    if (at >= count) return;
    best.splice(at, 0, { hypothesis, token, sum });
    if (best.length > count) best.pop();
    if (best.length === count) this.threshold = best[count - 1]!.sum;
  }
}

/**
 * The `count` likeliest continuations over all rows of a sentence, best first; ties go to the earlier row and
 * token, and what has no probability at all is left out. A typed-array pass: tfjs's top-k costs several times the
 * step itself.
 */
export const topCandidates = (
  logProbabilities: Float32Array,
  vocabulary: number,
  rows: readonly CandidateRow[],
  count: number,
  forbidden: readonly number[],
): Candidate[] => {
  const found = new Candidates(count, forbidden);
  for (const [hypothesis, row] of rows.entries()) {
    const from = row.row * vocabulary;
    const end = from + vocabulary;
    let bound = boundOf(found.threshold, row.sum);
    for (let i = nextFrom(logProbabilities, from, end, bound); i < end; ) {
      found.offer(hypothesis, row, i - from, logProbabilities[i]!);
      bound = boundOf(found.threshold, row.sum);
      i = nextFrom(logProbabilities, i + 1, end, bound);
    }
  }
  return found.best;
};
