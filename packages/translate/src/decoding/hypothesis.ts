/** A finished (or cut off) translation of one sentence. */
export interface Hypothesis {
  /** Token ids without begin and end. */
  readonly ids: readonly number[];
  /** Sum of the tokens' log-probabilities, the end's included. */
  readonly logProbability: number;
  /** What hypotheses are ranked by: logProbability over the length penalty. */
  readonly score: number;
  /** False where the longest length was reached before an end (or a `stop`). */
  readonly finished: boolean;
  /** Log-probability of every token, the end's included. Where `tokenScores` was asked for. */
  readonly tokenScores?: readonly number[];
}

/** What scores are divided by. */
export interface LengthNorm {
  readonly power: number;
  /** `length`: n^power, as fairseq's lenpen; `gnmt`: ((5 + n) / 6)^power (Wu et al. 2016, eq. 14). */
  readonly form: 'length' | 'gnmt';
}

/** A sum of log-probabilities of n tokens, the end included, as a score. */
export const scoreOf = (sum: number, n: number, { power, form }: LengthNorm): number =>
  sum / (form === 'gnmt' ? (5 + n) / 6 : n) ** power;

/** What was said so far. */
export interface Said {
  readonly ids: readonly number[];
  /** What it is ranked by: its log-probability, less penalties. */
  readonly sum: number;
  readonly logProbability: number;
  /** Log-probability of every token, where asked for. */
  readonly scores?: readonly number[] | undefined;
}

/** The hypothesis of what was said. n counts the tokens, and the end where `ended`. */
export const hypothesisOf = (
  { ids, sum, logProbability, scores }: Said,
  norm: LengthNorm,
  { ended, finished = ended }: { readonly ended: boolean; readonly finished?: boolean },
): Hypothesis => ({
  ids,
  logProbability,
  score: scoreOf(sum, ids.length + (ended ? 1 : 0), norm),
  finished,
  ...(scores ? { tokenScores: scores } : {}),
});

/** What is said of nothing: nothing, for certain (log P = 0). */
export const NOTHING: Hypothesis = { ids: [], logProbability: 0, score: 0, finished: true };
