import type { Context, Transformer } from '@steadyformer/core';
import { type TokenBatch, translationLoss } from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';

/** The mean loss a target token of a batch, label smoothing 0.1 (paper, appendix D), as the measurements take one. */
export const lossOf = (
  model: Transformer,
  batch: TokenBatch,
): ((ids: unknown, context: Context) => tf.Scalar) => {
  const sums = translationLoss(0.1);
  return (_, context) => {
    const { loss, tokens } = sums(model, batch, context);
    return tf.div(loss, tokens);
  };
};
