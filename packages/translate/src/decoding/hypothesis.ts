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
}

/**
 * The hypothesis of tokens and their log-probability. Its score is log P / n^power, as in fairseq (lenpen), where n
 * counts what was said: the tokens, and the end where `ended`.
 */
export const hypothesisOf = (
  { ids, sum }: { readonly ids: readonly number[]; readonly sum: number },
  power: number,
  { ended, finished = ended }: { readonly ended: boolean; readonly finished?: boolean },
): Hypothesis => ({
  ids,
  logProbability: sum,
  score: sum / (ids.length + (ended ? 1 : 0)) ** power,
  finished,
});

/** What is said of nothing: nothing, for certain (log P = 0). */
export const NOTHING: Hypothesis = { ids: [], logProbability: 0, score: 0, finished: true };
