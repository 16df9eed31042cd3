import * as tf from '@tensorflow/tfjs';

/**
 * Matrix products in the form the active backend is fast at. The wasm backend reaches XNNPACK only for a plain
 * 2-D product, so there the transposes are explicit; elsewhere the flags are free.
 */
const explicitTransposes = (): boolean => tf.getBackend() === 'wasm';

/** a^T b for a [K, M], b [K, N]: [M, N] */
export const matMulTransposeA = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D =>
  explicitTransposes() ? tf.tidy(() => tf.matMul(tf.transpose(a), b)) : tf.matMul(a, b, true, false);

/** a b^T for a [M, K], b [N, K]: [M, N] */
export const matMulTransposeB = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D =>
  explicitTransposes() ? tf.tidy(() => tf.matMul(a, tf.transpose(b))) : tf.matMul(a, b, false, true);

/** Column sums of x [M, N]: [N]. A product with ones where sums over the first axis are slow. */
export const sumRows = (x: tf.Tensor2D): tf.Tensor1D =>
  tf.tidy(() => {
    if (!explicitTransposes()) return tf.sum(x, 0);
    return tf.reshape(tf.matMul(tf.ones([1, x.shape[0]]), x), [x.shape[1]]);
  });

/** x [..., D] as [M, D]. */
export const flatten2d = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [-1, x.shape.at(-1)!]);

/** What f makes [M, N] of the rows of x, back on the axes of x [..., D]: [..., N] */
export const byRows = <R extends tf.Rank>(
  x: tf.Tensor<R>,
  f: (rows: tf.Tensor2D) => tf.Tensor2D,
): tf.Tensor<R> =>
  tf.tidy(() => {
    const y = f(flatten2d(x));
    return tf.reshape(y, [...x.shape.slice(0, -1), y.shape[1]] as tf.ShapeMap[R]);
  });
