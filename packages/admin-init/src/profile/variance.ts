import { masked } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/**
 * The population variance pooled over all elements of x [B, T, D], or over the tokens where mask [B, T] is 1:
 * the scalar Var[.] of Admin's profile (all elements share one distribution, by assumption).
 */
export const pooledVariance = (x: tf.Tensor3D, mask?: tf.Tensor2D): tf.Scalar =>
  tf.tidy(() => {
    if (!mask) {
      const centred = tf.sub(x, tf.mean(x));
      return tf.mean<tf.Scalar>(tf.square(centred));
    }
    const tokens = tf.reshape(mask, [x.shape[0], x.shape[1], 1]);
    const count = tf.mul(tf.sum(mask), x.shape[2]);
    const centre = tf.div(tf.sum(masked(x, tokens)), count);
    const centred = masked(tf.sub<tf.Tensor3D>(x, centre), tokens);
    return tf.div<tf.Scalar>(tf.sum(tf.square(centred)), count);
  });
