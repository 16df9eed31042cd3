import * as tf from '@tensorflow/tfjs';
import { check } from '../checks/errors';
import { checkIds } from '../checks/tensors';
import { MASKED } from '../ops/attention';

// Masks are added to attention's scores: 0 where attention is allowed, MASKED where not.

/**
 * 0 at real tokens, very negative at pads: [B, 1, 1, S].
 *
 * @throws SteadyformerError on what is no [B, T] int32
 */
export const padMask = (ids: tf.Tensor2D, padId: number): tf.Tensor4D => {
  checkIds('ids', ids);
  return tf.tidy(() => {
    const pads = tf.cast(tf.equal(ids, padId), 'float32');
    return tf.reshape(tf.mul(pads, MASKED), [ids.shape[0], 1, 1, ids.shape[1]]);
  });
};

/**
 * Of a prefix language model (Raffel et al. 2020, section 3.2.1): position i sees the first `prefix` positions of its
 * sentence and all up to its own. prefix [B] int32: [B, 1, T, past + T], the queries being the last T positions.
 */
export const prefixMask = (prefix: tf.Tensor1D, time: number, past = 0): tf.Tensor4D =>
  tf.tidy(() => {
    const keys = tf.range(0, past + time, 1, 'int32');
    const queries = tf.reshape(tf.range(past, past + time, 1, 'int32'), [1, time, 1]);
    const hidden = tf.logicalAnd(
      tf.greater(keys, queries), // [1, T, past + T]
      tf.greaterEqual(keys, tf.reshape(prefix, [-1, 1, 1])), // [B, 1, past + T]
    ); // [B, T, past + T]
    return tf.mul(tf.cast(tf.expandDims(hidden, 1), 'float32'), MASKED);
  });

/** Both masks: nothing is seen that either hides. Throws on a caller's mask of another shape, naming `where` it stands. */
export const joinedMask = (
  own: tf.Tensor4D | undefined,
  mask: tf.Tensor4D | undefined,
  where: string,
): tf.Tensor4D | undefined => {
  if (!own || !mask) return own ?? mask;
  const [batch, , , keys] = mask.shape;
  const fits = own.rank === 4 && own.shape[0] === batch && own.shape[1] === 1 && own.shape[3] === keys;
  check(fits, `mask of ${where}`, own.shape, `[${batch}, 1, 1 or ${keys}, ${keys}]`);
  return tf.add<tf.Tensor4D>(own, mask);
};

/** 1 at real tokens, 0 at pads: [B, T] float32. */
export const realTokens = (ids: tf.Tensor2D, padId: number): tf.Tensor2D => {
  checkIds('ids', ids);
  return tf.tidy(() => tf.cast(tf.notEqual<tf.Tensor2D>(ids, padId), 'float32'));
};
