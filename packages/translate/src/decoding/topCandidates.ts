/** One continuation of one hypothesis of a sentence. */
export interface Candidate {
  /** Index into the rows given. */
  readonly hypothesis: number;
  readonly token: number;
  /** Log-probability of the whole. */
  readonly sum: number;
}

/** A row of log-probabilities, and the log-probability of the hypothesis it goes on from. */
export interface CandidateRow {
  readonly row: number;
  readonly sum: number;
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
  const best: Candidate[] = [];
  let threshold = Number.NEGATIVE_INFINITY;
  for (const [hypothesis, { row, sum: before }] of rows.entries()) {
    const from = row * vocabulary;
    const end = from + vocabulary;
    let bound = boundOf(threshold, before);
    for (let i = nextFrom(logProbabilities, from, end, bound); i < end; ) {
      const token = i - from;
      const sum = before + logProbabilities[i]!;
      if (sum > threshold && !forbidden.includes(token)) {
        let at = best.length;
        while (at > 0 && best[at - 1]!.sum < sum) at--;
        best.splice(at, 0, { hypothesis, token, sum });
        if (best.length > count) best.pop();
        if (best.length === count) {
          threshold = best[count - 1]!.sum;
          bound = boundOf(threshold, before);
        }
      }
      i = nextFrom(logProbabilities, i + 1, end, bound);
    }
  }
  return best;
};
