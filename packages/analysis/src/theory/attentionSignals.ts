import { squaredLengths } from './distributions';
import { largestScore } from './largestScore';
import { capped, type LogitMoments } from './logitMoments';
import { softmaxMoments } from './softmax';

/** What `watch` reads of an attention, as theory has it. */
export interface AttentionSignals {
  /** E[-sum_k p_k ln p_k], nats, its mean over heads and queries. */
  readonly attentionEntropy: number;
  /** E[max] of the logits over keys, queries, heads and sentences. */
  readonly largestLogit: number;
}

/**
 * Of attention whose logits are Gaussian over the keys, as at initialisation. The entropy of a query with n keys is that of n
 * independent logits of variance s^2, ln n - s^2 / 2 while they are small, s^2 in proportion to the query's squared length; of
 * causal attention it is the mean over n = 1 .. T.
 */
export const attentionSignals = (logits: LogitMoments): AttentionSignals => {
  const { span, spread, causal, variance, cap, normed, headWidth } = logits;
  const entropyAt = (s: number): number =>
    causal ? causalEntropy(span, s) : softmaxMoments(span, s).entropy;
  const squares = normed || cap !== undefined ? [[1, 1] as const] : squaredLengths(headWidth);
  const deviation = Math.sqrt(variance);
  return {
    attentionEntropy: squares.reduce((sum, [square, weight]) => sum + weight * entropyAt(square * spread), 0),
    largestLogit: largestScore(logits, (score) => capped(cap)(deviation * score)),
  };
};

/** The next number of keys at which the entropy is computed; between two it is linear in ln n. */
const NEXT = 1.4;

const causalEntropy = (keys: number, spread: number): number => {
  let sum = 0;
  let [n, entropy] = [1, 0];
  while (n < keys) {
    const next = Math.min(keys, Math.max(n + 1, Math.round(n * NEXT)));
    const nextEntropy = softmaxMoments(next, spread).entropy;
    for (let at = n + 1; at <= next; at++) {
      sum += entropy + ((nextEntropy - entropy) * Math.log(at / n)) / Math.log(next / n);
    }
    [n, entropy] = [next, nextEntropy];
  }
  return sum / keys;
};
