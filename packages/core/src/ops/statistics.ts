import * as tf from '@tensorflow/tfjs';
import { masked } from './masked';

// Every mean and variance that profiling and analysis speak of: of numbers, and of streams x [B, T, D] over the tokens
// where a mask [B, T] is 1, all of them without one.

/** The mean of numbers; NaN of none. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The standard error of the mean; null where one sample tells nothing. */
export const standardError = (values: readonly number[]): number | null => {
  if (values.length < 2) return null;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
};

/** The mean of per-token values [B, T]. */
export const meanOverTokens = (values: tf.Tensor2D, mask?: tf.Tensor2D): tf.Scalar =>
  tf.tidy(() =>
    mask ? tf.div<tf.Scalar>(tf.sum(masked(values, mask)), tf.sum(mask)) : tf.mean<tf.Scalar>(values),
  );

/** Every token without the mean of its features. [B, T, D] */
export const centred = (x: tf.Tensor3D): tf.Tensor3D => tf.tidy(() => tf.sub(x, tf.mean(x, 2, true)));

/** The variance of a token's features, its mean over the tokens: what a norm divides by. */
export const tokenVariance = (x: tf.Tensor3D, mask?: tf.Tensor2D): tf.Scalar =>
  tf.tidy(() => meanOverTokens(tf.mean<tf.Tensor2D>(tf.square(centred(x)), 2), mask));

/**
 * The population variance pooled over the elements of all tokens: the scalar Var[.] of Admin's profile (all elements
 * share one distribution, by assumption).
 */
export const pooledVariance = (x: tf.Tensor3D, mask?: tf.Tensor2D): tf.Scalar =>
  tf.tidy(() => {
    if (!mask) {
      const around = tf.sub(x, tf.mean(x));
      return tf.mean<tf.Scalar>(tf.square(around));
    }
    const tokens = tf.reshape(mask, [x.shape[0], x.shape[1], 1]);
    const count = tf.mul(tf.sum(mask), x.shape[2]);
    const centre = tf.div(tf.sum(masked(x, tokens)), count);
    const around = masked(tf.sub<tf.Tensor3D>(x, centre), tokens);
    return tf.div<tf.Scalar>(tf.sum(tf.square(around)), count);
  });
