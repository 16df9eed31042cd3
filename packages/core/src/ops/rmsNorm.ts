import * as tf from '@tensorflow/tfjs';
import { differentiable } from './differentiable';
import { byRows, sumRows } from './products';

/**
 * gain * x / sqrt(mean(x^2) + epsilon) over the last axis (Zhang and Sennrich 2019, eq. 4). x [..., D], gain [D]:
 * as x.
 */
export const rmsNorm = <R extends tf.Rank>(
  x: tf.Tensor<R>,
  gain: tf.Tensor1D,
  epsilon: number,
): tf.Tensor<R> =>
  byRows(x, (rows) =>
    differentiable<tf.Tensor2D>(
      [rows, gain],
      (save) => {
        const square = tf.mean<tf.Tensor2D>(tf.square(rows), 1, true); // [M, 1]
        const inverse = tf.rsqrt(tf.add<tf.Tensor2D>(square, epsilon));
        const normalised = tf.mul<tf.Tensor2D>(rows, inverse);
        save([normalised, inverse, gain]);
        return tf.mul(normalised, gain);
      },
      (dy, [normalised, inverse, savedGain]) => {
        const scaled = tf.mul<tf.Tensor2D>(dy, savedGain!);
        const along = tf.mean(tf.mul(scaled, normalised!), 1, true);
        const dx = tf.mul(tf.sub(scaled, tf.mul(normalised!, along)), inverse!);
        return [dx, sumRows(tf.mul(dy, normalised!))];
      },
    ),
  );
