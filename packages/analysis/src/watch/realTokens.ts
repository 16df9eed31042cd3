import { type Context, MASKED } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/**
 * 1 at the real tokens of a stream [B, T, D], 0 at its pads, [B, T]: as the model says, else those that its mask
 * [B, 1, 1, T] hides from none. Undefined where neither tells: all count.
 */
export const realTokensIn = (
  { realTokens, mask }: Context,
  [batch, time]: readonly number[],
): tf.Tensor2D | undefined => {
  if (realTokens && realTokens.shape[0] === batch && realTokens.shape[1] === time) return realTokens;
  if (mask?.shape[2] !== 1 || mask.size !== batch! * time!) return undefined;
  return tf.reshape<tf.Rank.R2>(tf.cast(tf.greater(mask, MASKED / 2), 'float32'), [batch!, time!]);
};
