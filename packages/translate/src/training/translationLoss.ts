import {
  type Context,
  type ModelBatch,
  masked,
  softmaxCrossEntropy,
  type Transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { TokenBatch } from '../data/batch';
import { SPECIAL_IDS } from '../subwords/special';
import type { Settings } from './settings';

/** What a trainer needs of a batch's loss: sums over tokens, so that batches of any size add up. */
export interface BatchLoss {
  /** What is minimised, summed over the tokens. Scalar. */
  readonly loss: tf.Scalar;
  /** Negative log-likelihood in nats, summed over the tokens. Scalar, without gradient. */
  readonly nll: tf.Scalar;
  /** Tokens summed over. */
  readonly tokens: number;
}

/** A loss of a model on a batch; the context holds dropout's random stream. */
export interface LossFunction<Model, Batch> {
  (model: Model, batch: Batch, context: Context): BatchLoss;
  /** What it is made with, for `Trainer.restore` to compare. Default: unknown. */
  readonly settings?: Settings;
}

/** The ids of a batch as tensors. The caller disposes them, or calls inside a tidy. */
export const batchTensors = (batch: TokenBatch): ModelBatch => ({
  source: tf.tensor2d(batch.source, [...batch.sourceShape], 'int32'),
  target: tf.tensor2d(batch.targetInput, [...batch.targetShape], 'int32'),
});

/**
 * Label-smoothed cross-entropy of the target tokens given the source (paper, appendix D: smoothing 0.1). Pads
 * weigh nothing.
 */
export const translationLoss = (
  smoothing = 0.1,
  pad: number = SPECIAL_IDS.pad,
): LossFunction<Transformer, TokenBatch> => {
  const loss = (model: Transformer, batch: TokenBatch, context: Context): BatchLoss => {
    const labels = tf.tensor1d(batch.targetOutput, 'int32');
    const { source, target } = batchTensors(batch);
    const hidden = model.decode(target, model.encode(source, context), context); // [B, T, D]
    const logits = model.logits(tf.reshape<tf.Rank.R2>(hidden, [labels.size, hidden.shape[2]]));
    const real = tf.tensor1d(Float32Array.from(batch.targetOutput, (id) => (id === pad ? 0 : 1)));
    const { loss, nll } = softmaxCrossEntropy(logits, labels, smoothing);
    return {
      loss: tf.sum(masked(loss, real)),
      nll: tf.sum(masked(nll, real)),
      tokens: batch.targetTokens,
    };
  };
  return Object.assign(loss, { settings: { smoothing } });
};
