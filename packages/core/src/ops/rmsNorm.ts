import * as tf from '@tensorflow/tfjs';
import { type KernelForm, kernelOr } from '../backend/kernels';
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
): tf.Tensor<R> => {
  const forward = kernelOr('SteadyRmsNorm', composedRmsNorm);
  const backward = kernelOr('SteadyRmsNormGrad', composedRmsNormGrad);
  return byRows(x, (rows) =>
    differentiable<tf.Tensor2D>(
      [rows, gain],
      (save) => {
        const [out, normalised, inverseRoot] = forward({ x: rows, gain }, { epsilon });
        save([normalised!, inverseRoot!, gain]);
        return out as tf.Tensor2D;
      },
      (dy, saved) => {
        const [normalised, inverseRoot, savedGain] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
        return backward({ dy, normalised, inverseRoot, gain: savedGain }, {});
      },
    ),
  );
};

/** n = x r, r = 1 / sqrt(mean(x^2) + epsilon) of every row: [gain n [M, D], n [M, D], r [M, 1]] */
export const composedRmsNorm: KernelForm<'SteadyRmsNorm'> = ({ x, gain }, { epsilon }) => {
  const square = tf.mean<tf.Tensor2D>(tf.square(x), 1, true);
  const inverseRoot = tf.rsqrt(tf.add<tf.Tensor2D>(square, epsilon)); // [M, 1]
  const normalised = tf.mul<tf.Tensor2D>(x, inverseRoot);
  return [tf.mul(normalised, gain), normalised, inverseRoot];
};

/** With s = gain dy and the mean over a row, dx = (s - n mean(s n)) r: [dx [M, D], dGain = sum_m dy n [D]] */
export const composedRmsNormGrad: KernelForm<'SteadyRmsNormGrad'> = ({
  dy,
  normalised,
  inverseRoot,
  gain,
}) => {
  const scaled = tf.mul<tf.Tensor2D>(dy, gain);
  const along = tf.mean(tf.mul(scaled, normalised), 1, true);
  const dx = tf.mul(tf.sub(scaled, tf.mul(normalised, along)), inverseRoot);
  return [dx, sumRows(tf.mul(dy, normalised))];
};
