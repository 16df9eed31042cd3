import * as tf from '@tensorflow/tfjs';
import { differentiable } from '../ops/differentiable';
import { byRows } from '../ops/products';

/** Phi(x) = (1 + erf(x / sqrt(2))) / 2 */
const normalBelow = (x: tf.Tensor2D): tf.Tensor2D =>
  tf.mul(tf.add<tf.Tensor2D>(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);

/** x Phi(x): gelu as it is defined (Hendrycks and Gimpel 2016, section 2), of which core's `gelu` is the tanh form. */
export const exactGelu = <R extends tf.Rank>(x: tf.Tensor<R>): tf.Tensor<R> =>
  byRows(x, (rows) =>
    differentiable<tf.Tensor2D>(
      [rows],
      (save) => {
        save([rows]);
        return tf.mul(rows, normalBelow(rows));
      },
      (dy, saved) => {
        const [input] = saved as [tf.Tensor2D];
        // Phi(x) + x phi(x)
        const density = tf.div<tf.Tensor2D>(tf.exp(tf.mul(tf.square(input), -0.5)), Math.sqrt(2 * Math.PI));
        return [tf.mul(dy, tf.add(normalBelow(input), tf.mul(input, density)))];
      },
    ),
  );
