import * as tf from '@tensorflow/tfjs';
import { can } from '../backend/capabilities';

// Matrix products in the form the active backend is fast at.

/** a^T b for a [K, M], b [K, N]: [M, N] */
export const matMulTransposeA = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D =>
  can('transposedProducts') ? tf.matMul(a, b, true, false) : tf.tidy(() => tf.matMul(tf.transpose(a), b));

/** a b^T for a [M, K], b [N, K]: [M, N] */
export const matMulTransposeB = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D =>
  can('transposedProducts') ? tf.matMul(a, b, false, true) : tf.tidy(() => tf.matMul(a, tf.transpose(b)));

/** y_n = sum_m x_mn of x [M, N]: [N]. A product with ones where sums over the first axis are slow. */
export const sumRows = (x: tf.Tensor2D): tf.Tensor1D =>
  tf.tidy(() => {
    if (can('firstAxisSums')) return tf.sum(x, 0);
    return tf.reshape(tf.matMul(tf.ones([1, x.shape[0]]), x), [x.shape[1]]);
  });

/** x [..., D] as [M, D]. */
export const flatten2d = (x: tf.Tensor): tf.Tensor2D => {
  // tfjs cannot infer how many rows of no columns there are.
  const rows = x.shape.slice(0, -1).reduce((size, each) => size * each, 1);
  return tf.reshape(x, [rows, x.shape.at(-1)!]);
};

/** What f makes [M, N] of the rows of x, back on the axes of x [..., D]: [..., N] */
export const byRows = <R extends tf.Rank>(
  x: tf.Tensor<R>,
  f: (rows: tf.Tensor2D) => tf.Tensor2D,
): tf.Tensor<R> =>
  tf.tidy(() => {
    const y = f(flatten2d(x));
    return tf.reshape(y, [...x.shape.slice(0, -1), y.shape[1]] as tf.ShapeMap[R]);
  });
