import {
  type Context,
  checkInteger,
  finite,
  invalidArgument,
  type LanguageModel,
  type ModelBatch,
  masked,
  parseAs,
  softmaxCrossEntropy,
  type Transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { GenericSchema } from 'valibot';
import type { TokenBatch } from '../data/batch';
import { checkBatch } from '../data/checkBatch';
import { checkPad, type Side } from '../data/checkPad';
import type { BatchLoss, LossFunction } from './loss';

/** What a decoder makes of a batch's target given its source, [B, T, D]. */
const translated = (model: Transformer, { source, target }: ModelBatch, context: Context): tf.Tensor3D =>
  model.decode(target, model.encode(source, context), context);

/** What a language model makes of a batch's target, [B, T, D]. */
const continued = (model: LanguageModel, { target }: ModelBatch, context: Context): tf.Tensor3D =>
  model.decode(target, context);

/** The ids of a batch as tensors. The caller disposes them, or calls inside a tidy. @throws SteadyformerError where it is no batch. */
export const batchTensors = (batch: TokenBatch): ModelBatch => {
  checkBatch(batch);
  return {
    source: tf.tensor2d(batch.source, [...batch.sourceShape], 'int32'), // [B, S]
    target: tf.tensor2d(batch.targetInput, [...batch.targetShape], 'int32'), // [B, T]
  };
};

/**
 * Label-smoothed cross-entropy of the target tokens given the source (paper, appendix D: smoothing 0.1). Pads
 * weigh nothing.
 *
 * @param pad the token that pads. Default the model's own \`padId\`; another is an error.
 * @throws SteadyformerError on a smoothing outside [0, 1); the function throws where a batch is none, and where model,
 *   loss and batch do not agree on the token that pads.
 */
export const translationLoss = (smoothing = 0.1, pad?: number): LossFunction<Transformer, TokenBatch> => {
  checkLoss('translationLoss()', smoothing, pad);
  return lossOver({ smoothing, pad, sides: ['target', 'source'] }, translated);
};

/**
 * Label-smoothed cross-entropy of every token of the target side given those before it. Pads weigh nothing. Its batches
 * are those of `TextBatches`, or of a corpus of pairs of a text and itself.
 *
 * @param pad the token that pads. Default the model's own \`padId\`; another is an error.
 * @throws SteadyformerError on a smoothing outside [0, 1); the function throws where a batch is none, and where model,
 *   loss and batch do not agree on the token that pads.
 */
export const languageModelLoss = (smoothing = 0, pad?: number): LossFunction<LanguageModel, TokenBatch> => {
  checkLoss('languageModelLoss()', smoothing, pad);
  return lossOver({ smoothing, pad, sides: ['target'] }, continued);
};

/**
 * The zero-one loss in the place of the cross-entropy: how many tokens of the target side are not the model's likeliest.
 * `nll` is what it is of the others, without smoothing. For measuring; it has no gradient.
 *
 * @param kind of the model
 */
export const tokenErrors = (
  kind: 'transformer' | 'languageModel',
): LossFunction<Transformer | LanguageModel, TokenBatch> =>
  kind === 'transformer'
    ? (lossOver(
        { smoothing: 0, pad: undefined, sides: ['target', 'source'], zeroOne: true },
        translated,
      ) as never)
    : (lossOver({ smoothing: 0, pad: undefined, sides: ['target'], zeroOne: true }, continued) as never);

interface Terms {
  readonly smoothing: number;
  /** As it was given. */
  readonly pad: number | undefined;
  /** What of a batch the model reads. */
  readonly sides: readonly Side[];
  /** Whether errors are counted. */
  readonly zeroOne?: boolean;
}

/** The loss of what `hiddenOf` makes of a batch's ids: the decoder's outputs, [B, T, D]. */
const lossOver = <Model extends Transformer | LanguageModel>(
  { smoothing, pad, sides, zeroOne = false }: Terms,
  hiddenOf: (model: Model, ids: ModelBatch, context: Context) => tf.Tensor3D,
): LossFunction<Model, TokenBatch> => {
  const loss = (model: Model, batch: TokenBatch, context: Context): BatchLoss => {
    const { padId } = model.config;
    checkSamePad(padId, pad);
    checkBatch(batch);
    checkPad(batch, padId, sides);
    const hidden = hiddenOf(model, batchTensors(batch), context);
    return targetLoss(model, hidden, batch, zeroOne ? 'errors' : smoothing);
  };
  return Object.assign(loss, { settings: { smoothing } });
};

/** Label smoothing: the share of the probability that is spread over all tokens. */
export const smoothings = (): GenericSchema<number> =>
  finite('numbers in [0, 1)', (share) => share >= 0 && share < 1);

/** @throws SteadyformerError where a loss is made with what is no share or no id. */
const checkLoss = (what: string, smoothing: number, pad: number | undefined): void => {
  parseAs(smoothings(), smoothing, `${what} smoothing`);
  if (pad !== undefined) checkInteger(`${what} pad`, pad, 0);
};

const checkSamePad = (padId: number, pad: number | undefined): void => {
  if (pad === undefined || padId === pad) return;
  throw invalidArgument({
    what: "the model's padId",
    received: padId,
    allowed: `the loss's ${pad}`,
    next: 'Build the model with padId: vocabulary.pad.',
  });
};

const targetLoss = (
  model: Transformer | LanguageModel,
  hidden: tf.Tensor3D,
  { targetOutput, targetTokens }: TokenBatch,
  measure: number | 'errors',
): BatchLoss => {
  const labels = tf.tensor1d(targetOutput, 'int32'); // [B * T]
  const logits = model.logits(tf.reshape<tf.Rank.R2>(hidden, [labels.size, hidden.shape[2]])); // [B * T, V]
  const real = tf.tensor1d(Float32Array.from(targetOutput, (id) => (id === model.config.padId ? 0 : 1)));
  const { loss: smoothed, nll } = softmaxCrossEntropy(logits, labels, measure === 'errors' ? 0 : measure);
  const loss = measure === 'errors' ? errorsOf(logits, labels) : smoothed; // [B * T]
  return { loss: tf.sum(masked(loss, real)), nll: tf.sum(masked(nll, real)), tokens: targetTokens };
};

/** 1 where the likeliest token is another than the label's. */
const errorsOf = (logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D =>
  tf.cast(tf.notEqual(tf.cast(tf.argMax(logits, -1), 'int32'), labels), 'float32') as tf.Tensor1D;
