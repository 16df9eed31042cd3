import * as tf from '@tensorflow/tfjs';

/** Lengths along an axis, with that axis kept as 1. */
const lengths = (x: tf.Tensor, axis: number): tf.Tensor => tf.sqrt(tf.sum(tf.square(x), axis, true));

/** x / |x| along an axis: every vector of length 1, and zeros stay zero. The same shape. */
export const unitLength = <R extends tf.Rank>(x: tf.Tensor<R>, axis: number): tf.Tensor<R> =>
  tf.tidy(() => {
    const length = lengths(x, axis);
    return tf.div<tf.Tensor<R>>(x, tf.where(tf.greater(length, 0), length, tf.onesLike(length)));
  });

/** x min(1, most / |x|) along an axis: no vector longer than `most`. The same shape. */
export const limitedLength = <R extends tf.Rank>(x: tf.Tensor<R>, axis: number, most: number): tf.Tensor<R> =>
  tf.tidy(() => {
    const length = lengths(x, axis);
    const over = tf.greater(length, most);
    return tf.mul<tf.Tensor<R>>(x, tf.where(over, tf.div(most, length), tf.onesLike(length)));
  });
