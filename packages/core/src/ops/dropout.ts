import * as tf from '@tensorflow/tfjs';
import { type KernelForm, kernelOr } from '../backend/kernels';
import { dropoutFactors, type RandomKey } from '../random/random';
import { differentiable } from './differentiable';
import { masked } from './masked';

/**
 * Inverted dropout with seeded bits: 0 with probability `rate`, else x times 1 / (1 - rate). The mask is a
 * function of the key alone, so the backward pass makes it again instead of keeping it.
 */
export const dropout = <R extends tf.Rank>(x: tf.Tensor<R>, rate: number, key: RandomKey): tf.Tensor<R> => {
  const droppedOut = kernelOr('SteadyDropout', composedDropout);
  return differentiable<tf.Tensor<R>>(
    [x],
    () => droppedOut({ x }, { rate, key })[0] as tf.Tensor<R>,
    (dy) => droppedOut({ x: dy }, { rate, key }),
  );
};

/** y_i = m_i x_i with m_i the factors of the key, 0 where m_i is; as x. */
export const composedDropout: KernelForm<'SteadyDropout'> = ({ x }, { rate, key }) => {
  const factors = dropoutMask(x.shape, rate, key);
  return [masked(tf.mul<tf.Tensor>(x, factors), factors)];
};

/** The factors as a tensor of the given shape. */
export const dropoutMask = (shape: readonly number[], rate: number, key: RandomKey): tf.Tensor =>
  tf.tensor(dropoutFactors(key, tf.util.sizeFromShape([...shape]), rate), [...shape], 'float32');
