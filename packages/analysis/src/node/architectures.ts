import { adminInit } from '@steadyformer/admin-init';
import {
  type ModelBatch,
  methodFrom,
  type ResidualMethod,
  softmaxCrossEntropy,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { Build } from '../check/measureDepths';
import type { Loss } from '../measure/outputChange';
import { zipfTokens } from '../measure/zipf';
import { EncoderModel } from '../models/encoderModel';
import { type Sentences, sentenceBatch } from './sentences';

/** Sizes of the models and batches that commands build. */
export interface Sizes {
  readonly width: number;
  readonly heads: number;
  readonly feedForward: number;
  readonly sentences: number;
  readonly length: number;
  /** Of synthetic text. */
  readonly vocabulary: number;
  readonly data?: Sentences;
}

export const methodNamed = (name: string): ResidualMethod => methodFrom({ name });

const batchOf = ({ data, sentences, length, vocabulary }: Sizes, seed: number): tf.Tensor2D =>
  data ? sentenceBatch(data, sentences, length, seed) : zipfTokens({ sentences, length, vocabulary, seed });

/** Encoders by depth and seed; Admin's are profiled on their batch. */
export const encoderBuild =
  (method: ResidualMethod, sizes: Sizes): Build<tf.Tensor2D> =>
  async (depth, seed) => {
    const { width, heads, feedForward } = sizes;
    const vocabulary = sizes.data?.vocabulary ?? sizes.vocabulary;
    const model = new EncoderModel({ vocabulary, method, depth, width, heads, feedForward, seed });
    const batch = batchOf(sizes, seed);
    if (method.name === 'admin') await adminInit(model, [batch]);
    return { model, batch };
  };

/** The loss of gradient steps on an encoder: every token predicts itself. */
export const encoderLoss =
  (model: unknown) =>
  (batch: tf.Tensor2D, context: object): tf.Scalar =>
    tf.tidy(() => {
      const encoder = model as EncoderModel;
      const logits = encoder.logits(encoder.call(batch, context));
      const rows = tf.reshape<tf.Rank.R2>(logits, [-1, logits.shape[2]!]);
      return tf.mean<tf.Scalar>(softmaxCrossEntropy(rows, tf.reshape(batch, [-1]), 0).loss);
    });

/** An encoder-decoder model, a batch of sentence pairs and the loss. */
export interface TransformerSubject {
  readonly model: Transformer;
  readonly batch: ModelBatch;
  readonly loss: Loss<ModelBatch>;
}

/** An encoder-decoder model with a batch of sentence pairs, and its loss with label smoothing 0.1. */
export const transformerSubject = async (
  method: ResidualMethod,
  depth: number,
  sizes: Sizes,
  seed: number,
): Promise<TransformerSubject> => {
  const { width, heads, feedForward } = sizes;
  const vocabulary = sizes.data?.vocabulary ?? sizes.vocabulary;
  const model = transformer({ vocabulary, padId: 1, width, heads, feedForward, depth, method }, seed);
  const batch = { source: batchOf(sizes, seed), target: batchOf(sizes, seed + 1) };
  if (method.name === 'admin') await adminInit(model, [batch]);
  const loss = ({ source, target }: ModelBatch, context: object): tf.Scalar =>
    tf.tidy(() => {
      const length = target.shape[1];
      const input = tf.slice(target, [0, 0], [-1, length - 1]);
      const labels = tf.reshape<tf.Rank.R1>(tf.slice(target, [0, 1], [-1, length - 1]), [-1]);
      const logits = model.call({ source, target: input }, context);
      const rows = tf.reshape<tf.Rank.R2>(logits, [-1, vocabulary]);
      const real = tf.cast(tf.notEqual(labels, 1), 'float32');
      const losses = softmaxCrossEntropy(rows, labels, 0.1).loss;
      return tf.div(tf.sum(tf.mul(losses, real)), tf.sum(real));
    });
  return { model, batch, loss };
};
