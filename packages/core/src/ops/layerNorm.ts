import * as tf from '@tensorflow/tfjs';
import { hasKernel, runKernel } from '../backend/kernels';
import { differentiable } from './differentiable';
import { byRows, sumRows } from './products';

export interface NormWeights {
  /** gamma, [D] */
  readonly gain: tf.Tensor1D;
  /** nu, [D] */
  readonly bias: tf.Tensor1D;
  /** Added to the variance; 1e-5 in the authors' code. */
  readonly epsilon: number;
}

/** LN(x) = gain * (x - mean) / sqrt(var + epsilon) + bias over the last axis (Ba et al. 2016). x [..., D] */
export const layerNorm = <R extends tf.Rank>(x: tf.Tensor<R>, weights: NormWeights): tf.Tensor<R> => {
  const { gain, bias, epsilon } = weights;
  return byRows(x, (rows) =>
    differentiable<tf.Tensor2D>(
      [rows, gain, bias],
      (save) => {
        const [out, normalised, inverseDeviation] = hasKernel('SteadyLayerNorm')
          ? runKernel('SteadyLayerNorm', { x: rows, gain, bias }, { epsilon })
          : normalise(rows, weights);
        save([normalised!, inverseDeviation!, gain]);
        return out as tf.Tensor2D;
      },
      (dy, [normalised, inverseDeviation, savedGain]) =>
        normGradients(
          dy,
          normalised as tf.Tensor2D,
          inverseDeviation as tf.Tensor2D,
          savedGain as tf.Tensor1D,
        ),
    ),
  );
};

/** [y, normalised, inverseDeviation] of rows x [M, D], from plain ops. */
export const normalise = (x: tf.Tensor2D, { gain, bias, epsilon }: NormWeights): tf.Tensor2D[] => {
  const centred = tf.sub<tf.Tensor2D>(x, tf.mean(x, 1, true));
  const variance = tf.mean<tf.Tensor2D>(tf.square(centred), 1, true);
  const inverseDeviation = tf.rsqrt(tf.add<tf.Tensor2D>(variance, epsilon)); // [M, 1]
  const normalised = tf.mul<tf.Tensor2D>(centred, inverseDeviation);
  return [tf.add(tf.mul(normalised, gain), bias), normalised, inverseDeviation];
};

/** [dx, dGain, dBias] of a norm over rows. */
export const normGradients = (
  dy: tf.Tensor2D,
  normalised: tf.Tensor2D,
  inverseDeviation: tf.Tensor2D,
  gain: tf.Tensor1D,
): tf.Tensor[] => {
  if (hasKernel('SteadyLayerNormGrad')) {
    return runKernel('SteadyLayerNormGrad', { dy, normalised, inverseDeviation, gain }, {});
  }
  const scaled = tf.mul<tf.Tensor2D>(dy, gain);
  const along = tf.mean<tf.Tensor2D>(tf.mul(scaled, normalised), 1, true);
  const centred = tf.sub<tf.Tensor2D>(tf.sub(scaled, tf.mean(scaled, 1, true)), tf.mul(normalised, along));
  return [tf.mul(centred, inverseDeviation), sumRows(tf.mul(dy, normalised)), sumRows(dy)];
};
