import { type Context, callback, check } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { GenericSchema } from 'valibot';
import type { Settings } from '../settings/settings';

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

export const lossFunction = <Model, Batch>(): GenericSchema<LossFunction<Model, Batch>> =>
  callback('a function (model, batch, context). Such as translationLoss(0.1)');

/** @throws SteadyformerError where a loss of the caller's own returned something else. */
export const checkedLoss = (measured: BatchLoss): BatchLoss => {
  const isScalar = (value: unknown): boolean => value instanceof tf.Tensor && value.size === 1;
  const { loss, nll, tokens } = (measured ?? {}) as Partial<BatchLoss>;
  const sound = isScalar(loss) && isScalar(nll) && Number.isFinite(tokens);
  check(sound, 'what the loss returned', measured, '{ loss, nll, tokens }: two scalar tensors and a number');
  return measured;
};
