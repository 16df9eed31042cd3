import * as tf from '@tensorflow/tfjs';
import type { Context } from '../context';
import { SteadyformerError } from '../errors';
import { hasKernel, runKernel } from '../kernels';
import { dropoutFactors, type RandomKey, type RandomStream } from '../random';
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

/**
 * The stream of a dropout in this context, or undefined where dropout does nothing (not training, or rate 0).
 * Throws where training without a random stream, in the name of `what`.
 */
export const dropoutStream = (context: Context, rate: number, what = 'dropout'): RandomStream | undefined => {
  if (!context.training || rate === 0) return undefined;
  if (!context.random) {
    throw new SteadyformerError(
      `${what} at '${context.path ?? ''}': training with rate ${rate} needs context.random. ` +
        'Pass { training: true, random: randomStream(seed).fork(step) }.',
    );
  }
  return context.random;
};

/** Dropout as the context says, with bits from its stream's child `label`. */
export const dropoutIn = <R extends tf.Rank>(
  context: Context,
  label: string,
  x: tf.Tensor<R>,
  rate: number,
): tf.Tensor<R> => {
  const stream = dropoutStream(context, rate);
  return stream ? dropout(x, rate, stream.fork(label).key) : x;
};
