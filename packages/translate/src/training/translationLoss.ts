import {
  type Context,
  check,
  checkInteger,
  checkNumber,
  invalidArgument,
  type LanguageModel,
  type ModelBatch,
  masked,
  softmaxCrossEntropy,
  type Transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { TokenBatch } from '../data/batch';
import { checkBatch } from '../data/checkBatch';
import { checkPad } from '../data/checkPad';
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

/** @throws SteadyformerError where a loss of the caller's own returned something else. */
export const checkedLoss = (measured: BatchLoss): BatchLoss => {
  const isScalar = (value: unknown): boolean => value instanceof tf.Tensor && value.size === 1;
  const { loss, nll, tokens } = (measured ?? {}) as Partial<BatchLoss>;
  const sound = isScalar(loss) && isScalar(nll) && Number.isFinite(tokens);
  check(sound, 'what the loss returned', measured, '{ loss, nll, tokens }: two scalar tensors and a number');
  return measured;
};

/** The ids of a batch as tensors. The caller disposes them, or calls inside a tidy. */
export const batchTensors = (batch: TokenBatch): ModelBatch => ({
  source: tf.tensor2d(batch.source, [...batch.sourceShape], 'int32'),
  target: tf.tensor2d(batch.targetInput, [...batch.targetShape], 'int32'),
});

/**
 * Label-smoothed cross-entropy of the target tokens given the source (paper, appendix D: smoothing 0.1). Pads
 * weigh nothing.
 *
 * @throws SteadyformerError on a smoothing outside [0, 1); the function throws where a batch is none, and where model,
 *   loss and batch do not agree on the token that pads.
 */
export const translationLoss = (
  smoothing = 0.1,
  pad: number = SPECIAL_IDS.pad,
): LossFunction<Transformer, TokenBatch> => {
  checkLoss('translationLoss', smoothing, pad);
  return lossOver({ smoothing, pad }, (model, { source, target }, context) =>
    model.decode(target, model.encode(source, context), context),
  );
};

/**
 * Label-smoothed cross-entropy of every token of the target side given those before it. Pads weigh nothing. A corpus
 * for it is pairs of a text and itself.
 *
 * @throws SteadyformerError on a smoothing outside [0, 1); the function throws where a batch is none, and where model,
 *   loss and batch do not agree on the token that pads.
 */
export const languageModelLoss = (
  smoothing = 0,
  pad: number = SPECIAL_IDS.pad,
): LossFunction<LanguageModel, TokenBatch> => {
  checkLoss('languageModelLoss', smoothing, pad);
  return lossOver({ smoothing, pad }, (model, { target }, context) => model.decode(target, context));
};

interface Terms {
  readonly smoothing: number;
  readonly pad: number;
}

/** The loss of what `hiddenOf` makes of a batch's ids: the decoder's outputs, [B, T, D]. */
const lossOver = <Model extends Transformer | LanguageModel>(
  terms: Terms,
  hiddenOf: (model: Model, ids: ModelBatch, context: Context) => tf.Tensor3D,
): LossFunction<Model, TokenBatch> => {
  const loss = (model: Model, batch: TokenBatch, context: Context): BatchLoss => {
    checkPads(model, batch, terms.pad);
    return targetLoss(model, hiddenOf(model, batchTensors(batch), context), batch, terms);
  };
  return Object.assign(loss, { settings: { smoothing: terms.smoothing } });
};

/** @throws SteadyformerError where a loss is made with what is no share or no id. */
const checkLoss = (what: string, smoothing: number, pad: number): void => {
  checkNumber(`${what} smoothing`, smoothing, 'numbers in [0, 1)', (share) => share >= 0 && share < 1);
  checkInteger(`${what} pad`, pad, 0);
};

const checkPads = ({ config }: Transformer | LanguageModel, batch: TokenBatch, pad: number): void => {
  if (config.padId !== pad) {
    throw invalidArgument({
      what: "the model's padId",
      received: config.padId,
      allowed: `the loss's ${pad}`,
      next: 'Build the model with padId: vocabulary.pad.',
    });
  }
  checkBatch(batch);
  checkPad(batch, pad);
};

const targetLoss = (
  model: Transformer | LanguageModel,
  hidden: tf.Tensor3D,
  { targetOutput, targetTokens }: TokenBatch,
  { smoothing, pad }: Terms,
): BatchLoss => {
  const labels = tf.tensor1d(targetOutput, 'int32'); // [B T]
  const logits = model.logits(tf.reshape<tf.Rank.R2>(hidden, [labels.size, hidden.shape[2]])); // [B T, V]
  const real = tf.tensor1d(Float32Array.from(targetOutput, (id) => (id === pad ? 0 : 1)));
  const { loss, nll } = softmaxCrossEntropy(logits, labels, smoothing);
  return { loss: tf.sum(masked(loss, real)), nll: tf.sum(masked(nll, real)), tokens: targetTokens };
};
