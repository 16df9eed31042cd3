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
    for (let token = 0; token < vocabulary; token++) {
      const sum = before + logProbabilities[from + token]!;
      if (!(sum > threshold) || forbidden.includes(token)) continue;
      let at = best.length;
      while (at > 0 && best[at - 1]!.sum < sum) at--;
      best.splice(at, 0, { hypothesis, token, sum });
      if (best.length > count) best.pop();
      if (best.length === count) threshold = best[count - 1]!.sum;
    }
  }
  return best;
};
