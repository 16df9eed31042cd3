import * as tf from '@tensorflow/tfjs';
import { differentiable } from './differentiable';
import { masked } from './masked';
import { byRows } from './products';

/**
 * g x / max(|x|, epsilon), |x| the Euclidean norm over the last axis (Nguyen and Salazar 2019, eq. 5). x [..., D],
 * gain [1]: as x. tfjs's own gradient of a norm is NaN at zero.
 */
export const scaleNorm = <R extends tf.Rank>(
  x: tf.Tensor<R>,
  gain: tf.Tensor1D,
  epsilon: number,
): tf.Tensor<R> =>
  byRows(x, (rows) =>
    differentiable<tf.Tensor2D>(
      [rows, gain],
      (save) => {
        const norm = tf.sqrt(tf.sum<tf.Tensor2D>(tf.square(rows), 1, true)); // [M, 1]
        const unit = tf.div<tf.Tensor2D>(rows, tf.maximum(norm, epsilon));
        save([unit, norm, gain]);
        return tf.mul(unit, gain);
      },
      (dy, [unit, norm, savedGain]) => {
        // Below epsilon the divisor is a constant, and the direction keeps its gradient.
        const along = masked(tf.sum(tf.mul(dy, unit!), 1, true), tf.greater(norm!, epsilon));
        const across = tf.sub(dy, tf.mul(unit!, along));
        const dx = tf.mul(tf.div(across, tf.maximum(norm!, epsilon)), savedGain!);
        return [dx, tf.reshape(tf.sum(tf.mul(dy, unit!)), [1])];
      },
    ),
  );
