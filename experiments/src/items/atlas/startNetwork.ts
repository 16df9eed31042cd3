import { zipfTokens } from '@steadyformer/analysis';
import { type Encoder, encoder } from '@steadyformer/core';
import type * as tf from '@tensorflow/tfjs';
import { methodNamed, profiled } from './methods';
import type { StartSize } from './sizes';

/** A method's network of so many residual branches as it starts, and the tokens it is measured on. The caller disposes both. */
export const startNetwork = async (
  name: string,
  { vocabulary, sentences, length, width, heads }: StartSize,
  depth: number,
  seed: number,
): Promise<{ readonly model: Encoder; readonly ids: tf.Tensor2D }> => {
  const ids = zipfTokens({ sentences, length, vocabulary, seed });
  const model = encoder(
    { vocabulary, padId: 1, width, heads, depth: depth / 2, method: methodNamed(name) },
    seed,
  );
  await profiled(model, ids, seed);
  return { model, ids };
};
