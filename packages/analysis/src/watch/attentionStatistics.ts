import { type AttentionEvent, MASKED } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { realTokensIn } from './realTokens';

/**
 * Three numbers of an attention over the queries that are real tokens, [3]:
 *
 * - entropy: -sum_k p_k ln p_k of the probabilities before their dropout, in nats, its mean over heads and queries
 *   (Zhai et al. 2023)
 * - the mean of ln(visible keys) over the same queries, the entropy of an attention that is even
 * - the largest logit, the scaled product with its biases that the softmax takes, of visible keys (Dehghani et al. 2023,
 *   Wortsman et al. 2023)
 *
 * @see https://arxiv.org/abs/2303.06296
 * @see https://arxiv.org/abs/2302.05442
 * @see https://arxiv.org/abs/2309.14322
 */
export const attentionStatistics = ({
  scores,
  weights,
  context,
}: Pick<AttentionEvent, 'scores' | 'weights' | 'context'>): tf.Tensor1D =>
  tf.tidy(() => {
    const [batch, heads, queries, keys] = scores.shape;
    const mask = realTokensIn(context, [batch, queries]) ?? tf.ones<tf.Rank.R2>([batch, queries]);
    const real = tf.reshape<tf.Rank.R3>(mask, [batch, 1, queries]);
    const count = tf.sum(real);
    const entropies = tf.neg(tf.sum(tf.mul(weights, tf.log(tf.maximum(weights, 1e-30))), 3)); // [B, H, Tq]
    // What is hidden is so for all heads.
    const visible = tf.greater(tf.slice(scores, [0, 0, 0, 0], [batch, 1, queries, keys]), MASKED / 2);
    const even = tf.log(tf.maximum(tf.sum(tf.cast(visible, 'float32'), 3), 1)); // [B, 1, Tq]
    const largest = tf.add(tf.max(scores, 3), tf.mul(tf.sub(real, 1), -MASKED)); // [B, H, Tq]
    return tf.stack([
      tf.div(tf.sum(tf.mul(entropies, real)), tf.mul(count, heads)),
      tf.div(tf.sum(tf.mul(even, real)), count),
      tf.max(largest),
    ]) as tf.Tensor1D;
  });
