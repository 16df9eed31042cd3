import type { TopLogProbabilities } from '@steadyformer/core';
import { type Candidate, type CandidateRow, Candidates, topCandidates } from './topCandidates';

/** What one step says of the tokens that may follow each row. */
export interface StepScores {
  /**
   * The `count` likeliest continuations of all rows together, best first; ties go to the earlier row and token. What has no
   * probability is left out.
   */
  best(rows: readonly CandidateRow[], count: number, forbidden: readonly number[]): Candidate[];
  /** Log-probability of a token after a row; where only the likeliest are known, of one of them. */
  of(row: number, token: number): number;
  /** A log-probability of the row that is NaN or Infinity, where there is one. */
  odd(row: number): number | undefined;
  /** All log-probabilities of a row; where only the likeliest are known, throws. */
  all(row: number): Float32Array;
}

/** Whether all numbers are finite, or some perhaps not: 0 times them adds up to 0 only where they are. */
const surelyFinite = (numbers: Float32Array): boolean => {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 4 <= numbers.length; i += 4) {
    a += 0 * numbers[i]!;
    b += 0 * numbers[i + 1]!;
    c += 0 * numbers[i + 2]!;
    d += 0 * numbers[i + 3]!;
  }
  for (; i < numbers.length; i++) a += 0 * numbers[i]!;
  return a + b + c + d === 0;
};

/** Of log-probabilities [R * V] of all tokens. */
export const wholeScores = (logProbabilities: Float32Array, vocabulary: number): StepScores => {
  const all = (row: number) => logProbabilities.subarray(row * vocabulary, (row + 1) * vocabulary);
  return {
    best: (rows, count, forbidden) => topCandidates(logProbabilities, vocabulary, rows, count, forbidden),
    of: (row, token) => logProbabilities[row * vocabulary + token]!,
    // NaN compares with nothing, so that the first token allowed would win; and what is infinite would win for ever.
    odd: (row) =>
      surelyFinite(all(row)) ? undefined : all(row).find((x) => !(x < Number.POSITIVE_INFINITY)),
    all,
  };
};

/** Of the likeliest tokens alone: at least as many as are asked for, those included that may not be said. */
export const topScores = ({ logProbabilities, tokens, count: known }: TopLogProbabilities): StepScores => ({
  best: (rows, count, forbidden) => {
    const found = new Candidates(count, forbidden);
    for (const [hypothesis, row] of rows.entries()) {
      const from = row.row * known;
      for (let i = from; i < from + known; i++) {
        // The likeliest come first: what follows is no better than this.
        if (found.refuses(row.sum + logProbabilities[i]!)) break;
        found.offer(hypothesis, row, tokens[i]!, logProbabilities[i]!);
      }
    }
    return found.best;
  },
  of: (row, token) =>
    logProbabilities[row * known + tokens.subarray(row * known, (row + 1) * known).indexOf(token)]!,
  odd: (row) => {
    const first = logProbabilities[row * known]!;
    return first < Number.POSITIVE_INFINITY ? undefined : first;
  },
  all: () => {
    throw new RangeError('only the likeliest tokens are known');
  },
});
