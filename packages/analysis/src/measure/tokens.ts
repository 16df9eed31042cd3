import { masked, type Stacked, SteadyformerError } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/** Every token's vector centred and divided by its deviation, as a norm without weights does. x [B, T, D] */
export const perToken = (x: tf.Tensor3D): tf.Tensor3D =>
  tf.tidy(() => {
    const centred = tf.sub<tf.Tensor3D>(x, tf.mean(x, 2, true));
    const variance = tf.mean(tf.square(centred), 2, true);
    return tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-12)));
  });

/** The mean of per-token values [B, T] over the real tokens. */
export const meanOverTokens = (values: tf.Tensor2D, mask: tf.Tensor2D | undefined): tf.Scalar =>
  tf.tidy(() =>
    mask ? tf.div<tf.Scalar>(tf.sum(masked(values, mask)), tf.sum(mask)) : tf.mean<tf.Scalar>(values),
  );

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
