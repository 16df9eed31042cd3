import type * as tf from '@tensorflow/tfjs';
import { SteadyformerError } from '../checks/errors';
import { dropout } from '../ops/dropout';
import type { RandomStream } from '../random/random';
import type { Context } from './context';

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
