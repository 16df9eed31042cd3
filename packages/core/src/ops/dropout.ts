import * as tf from '@tensorflow/tfjs';
import { hasKernel, runKernel } from '../backend/kernels';
import { dropoutFactors, type RandomKey } from '../random/random';
import { differentiable } from './differentiable';
import { masked } from './masked';

/**
 * Inverted dropout with seeded bits: 0 with probability `rate`, else x times 1 / (1 - rate). The mask is a
 * function of the key alone, so the backward pass makes it again instead of keeping it.
 */
export const dropout = <R extends tf.Rank>(x: tf.Tensor<R>, rate: number, key: RandomKey): tf.Tensor<R> =>
  differentiable<tf.Tensor<R>>(
    [x],
    () => droppedOut(x, rate, key),
    (dy) => [droppedOut(dy, rate, key)],
  );

const droppedOut = <R extends tf.Rank>(x: tf.Tensor<R>, rate: number, key: RandomKey): tf.Tensor<R> => {
  if (hasKernel('SteadyDropout')) return runKernel('SteadyDropout', { x }, { rate, key })[0] as tf.Tensor<R>;
  const factors = dropoutMask(x.shape, rate, key);
  return masked(tf.mul<tf.Tensor<R>>(x, factors), factors);
};

/** The factors as a tensor of the given shape. */
export const dropoutMask = (shape: readonly number[], rate: number, key: RandomKey): tf.Tensor =>
  tf.tensor(dropoutFactors(key, tf.util.sizeFromShape([...shape]), rate), [...shape], 'float32');
