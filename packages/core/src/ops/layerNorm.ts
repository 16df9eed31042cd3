import * as tf from '@tensorflow/tfjs';
import { type KernelForm, kernelOr } from '../backend/kernels';
import { differentiable } from './differentiable';
import { byRows, sumRows } from './products';

/** Gain, bias and epsilon of a LayerNorm. */
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
  const forward = kernelOr('SteadyLayerNorm', composedLayerNorm);
  const backward = kernelOr('SteadyLayerNormGrad', composedLayerNormGrad);
  return byRows(x, (rows) =>
    differentiable<tf.Tensor2D>(
      [rows, gain, bias],
      (save) => {
        const [out, normalised, inverseDeviation] = forward({ x: rows, gain, bias }, { epsilon });
        save([normalised!, inverseDeviation!, gain]);
        return out as tf.Tensor2D;
      },
      (dy, saved) => {
        const [normalised, inverseDeviation, savedGain] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
        return backward({ dy, normalised, inverseDeviation, gain: savedGain }, {});
      },
    ),
  );
};

/**
 * n = (x - mean) r, r = 1 / sqrt(var + epsilon) of every row, y = gain n + bias. x [M, D], gain and bias [D]:
 * [y [M, D], n [M, D], r [M, 1]]
 */
export const composedLayerNorm: KernelForm<'SteadyLayerNorm'> = ({ x, gain, bias }, { epsilon }) => {
  const centred = tf.sub<tf.Tensor2D>(x, tf.mean(x, 1, true));
  const variance = tf.mean<tf.Tensor2D>(tf.square(centred), 1, true);
  const inverseDeviation = tf.rsqrt(tf.add<tf.Tensor2D>(variance, epsilon)); // [M, 1]
  const normalised = tf.mul<tf.Tensor2D>(centred, inverseDeviation);
  return [tf.add(tf.mul(normalised, gain), bias), normalised, inverseDeviation];
};

/**
 * With s = gain dy and means over a row, dx = (s - mean(s) - n mean(s n)) r, dGain = sum_m dy n, dBias = sum_m dy:
 * [dx [M, D], dGain [D], dBias [D]]
 */
export const composedLayerNormGrad: KernelForm<'SteadyLayerNormGrad'> = ({
  dy,
  normalised,
  inverseDeviation,
  gain,
}) => {
  const scaled = tf.mul<tf.Tensor2D>(dy, gain);
  const along = tf.mean<tf.Tensor2D>(tf.mul(scaled, normalised), 1, true);
  const centred = tf.sub<tf.Tensor2D>(tf.sub(scaled, tf.mean(scaled, 1, true)), tf.mul(normalised, along));
  return [tf.mul(centred, inverseDeviation), sumRows(tf.mul(dy, normalised)), sumRows(dy)];
};
