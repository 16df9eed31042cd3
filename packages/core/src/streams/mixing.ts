import * as tf from '@tensorflow/tfjs';
import type { StreamTensors } from './plan';
import { entriesOf, weightedSum } from './weights';

/** What the branch reads, and sums of the streams as they are carried on, where they are known by then. */
export interface Mixed {
  /** a X: [B, T, D] */
  readonly read: tf.Tensor3D;
  /** B X: [m] */
  readonly carried?: readonly (tf.Tensor3D | undefined)[];
}

/**
 * a X, and B X, of n streams X [B, T, D] with a [n] and B [m, n] that are the same for every token: one product. Of weights
 * that differ from token to token a X alone, as many small products are no faster than stream by stream. A row of B that is
 * the tensor a itself is summed once.
 */
export const mixedBy = (
  streams: readonly tf.Tensor3D[],
  read: tf.Tensor,
  carry: NonNullable<StreamTensors['carry']>,
): Mixed => {
  if (!(carry instanceof tf.Tensor)) {
    const sum = weightedSum(streams, entriesOf(read));
    return { read: sum, carried: carry.map((row) => (row === read ? sum : undefined)) };
  }
  if (read.rank > 1 || carry.rank > 2) return { read: weightedSum(streams, entriesOf(read)) };
  const [n, shape] = [streams.length, streams[0]!.shape];
  const weights = tf.concat2d([tf.reshape(read, [1, n]), carry as tf.Tensor2D], 0); // [1 + m, n]
  const side = tf.reshape<tf.Rank.R2>(tf.stack([...streams]), [n, -1]); // [n, B T D]
  const sums = tf.reshape(tf.matMul(weights, side), [weights.shape[0], ...shape]);
  const [own, ...carried] = tf.unstack(sums) as tf.Tensor3D[];
  return { read: own!, carried };
};
