import { centred, type Stacked, SteadyformerError } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/** Every token's vector centred and divided by its deviation, as a norm without weights does. x [B, T, D] */
export const perToken = (x: tf.Tensor3D): tf.Tensor3D =>
  tf.tidy(() => {
    const around = centred(x);
    const variance = tf.mean(tf.square(around), 2, true);
    return tf.mul(around, tf.rsqrt(tf.add(variance, 1e-12)));
  });

/** Number of real tokens of x [B, T, D]. */
export const tokenCount = async (x: readonly number[], mask: tf.Tensor2D | undefined): Promise<number> => {
  if (!mask) return x[0]! * x[1]!;
  const sum = tf.sum(mask);
  const count = (await sum.data())[0]!;
  sum.dispose();
  return count;
};

/**
 * 1 at the real tokens of a batch, 0 at its pads, by stack; none where the model tells no pads. The caller disposes
 * them. Throws on what is no model, and on a batch without a real token.
 */
export const realTokens = async <Batch>(
  where: string,
  model: Pick<Stacked<Batch>, 'tokenMasks'>,
  batch: Batch,
): Promise<Readonly<Record<string, tf.Tensor2D>>> => {
  // Without a prototype: a stack may be called as something that every object has.
  const masks: Record<string, tf.Tensor2D> = Object.assign(Object.create(null), model.tokenMasks?.(batch));
  try {
    for (const [stack, mask] of Object.entries(masks)) {
      if ((await tokenCount(mask.shape, mask)) > 0) continue;
      throw new SteadyformerError(
        `${where}: the batch holds nothing but pads for the ${stack}; give one with real tokens, or check padId`,
      );
    }
    return masks;
  } catch (error) {
    tf.dispose(masks);
    throw error;
  }
};
