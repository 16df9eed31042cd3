/** A finished (or cut off) translation of one sentence. */
export interface Hypothesis {
  /** Token ids without begin and end. */
  readonly ids: readonly number[];
  /** Sum of the tokens' log-probabilities, the end's included. */
  readonly logProbability: number;
  /** What hypotheses are ranked by: logProbability over the length penalty. */
  readonly score: number;
  /** False where the longest length was reached before an end. */
  readonly finished: boolean;
}

/** Divides log-probabilities: by the length with `power`, n^power, as fairseq does (lenpen). n counts the end. */
export const lengthPenalty = (length: number, power: number): number => length ** power;
