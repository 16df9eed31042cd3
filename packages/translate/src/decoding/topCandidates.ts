/** One continuation of one hypothesis of a sentence. */
export interface Candidate {
  /** Index into the rows given. */
  readonly hypothesis: number;
  readonly token: number;
  /** Log-probability of the whole. */
  readonly sum: number;
}

/**
 * The `count` likeliest continuations over all rows of a sentence, best first; ties go to the earlier row and
 * token. A typed-array pass: tfjs's top-k costs several times the step itself.
 */
export const topCandidates = (
  logProbabilities: Float32Array,
  vocabulary: number,
  rows: readonly { readonly row: number; readonly sum: number }[],
  count: number,
  forbidden: readonly number[],
): Candidate[] => {
  const best: Candidate[] = [];
  let threshold = Number.NEGATIVE_INFINITY;
  for (const [hypothesis, { row, sum: before }] of rows.entries()) {
    const from = row * vocabulary;
    for (let token = 0; token < vocabulary; token++) {
      const sum = before + logProbabilities[from + token]!;
      if ((best.length === count && !(sum > threshold)) || forbidden.includes(token)) continue;
      let at = best.length;
      while (at > 0 && best[at - 1]!.sum < sum) at--;
      best.splice(at, 0, { hypothesis, token, sum });
      if (best.length > count) best.pop();
      threshold = best[best.length - 1]!.sum;
    }
  }
  return best;
};
