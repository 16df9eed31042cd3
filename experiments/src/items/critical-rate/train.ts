import {
  adam,
  type Context,
  type LanguageModel,
  lossAndGradient,
  mean,
  methodTraining,
  Optimizer,
  type RandomStream,
  softmaxCrossEntropy,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { Text } from '../../measure/text';
import type { Run } from './points';

/** Subwords of all source sentences in a row, an end after each. */
export const streamOf = ({ train, vocabulary }: Text): Int32Array =>
  Int32Array.from(train.flatMap(({ source }) => [...vocabulary.encode(source), vocabulary.eos]));

/** Entropy of a stream's subwords by how often each occurs, in nats. */
export const unigramOf = (stream: Int32Array): number => {
  const counts = new Map<number, number>();
  for (const id of stream) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts.values()].reduce(
    (sum, count) => sum - (count / stream.length) * Math.log(count / stream.length),
    0,
  );
};

export interface BatchSize {
  /** Stretches of a batch. */
  readonly rows: number;
  /** Tokens of each. */
  readonly length: number;
}

/** Ids [B, T] and the next of each. */
export interface NextTokens {
  readonly ids: tf.Tensor2D;
  readonly next: tf.Tensor2D;
}

/** Stretches of a stream from random places. The caller disposes them. */
export const stretches = (
  stream: Int32Array,
  { rows, length }: BatchSize,
  random: RandomStream,
): NextTokens => {
  const starts = Array.from({ length: rows }, (_, i) =>
    Math.floor(random.uniformAt(i) * (stream.length - length - 1)),
  );
  const shifted = (by: number): tf.Tensor2D =>
    tf.tensor2d(
      starts.map((start) => [...stream.subarray(start + by, start + by + length)]),
      [rows, length],
      'int32',
    );
  return { ids: shifted(0), next: shifted(1) };
};

/** The mean loss a token. */
export const lossOf =
  (model: LanguageModel, next: tf.Tensor2D) =>
  (ids: tf.Tensor2D, context: Context): tf.Scalar =>
    tf.tidy(() => {
      const logits = model.call(ids, context);
      const flat = tf.reshape<tf.Rank.R2>(logits, [-1, logits.shape[2]]);
      return tf.mean<tf.Scalar>(softmaxCrossEntropy(flat, tf.reshape(next, [-1]), 0).loss);
    });

/** Losses of the last updates that are averaged, as a share of all. */
const LAST = 1 / 6;

/** Trains by one rate throughout, without warm-up. */
export const trainAt = async (
  model: LanguageModel,
  rate: number,
  updates: number,
  batch: (update: number) => NextTokens,
): Promise<Omit<Run, 'factor'>> => {
  const rule = adam();
  const optimizer = new Optimizer(model.parameters(), rule, methodTraining(model, rule));
  const losses: number[] = [];
  try {
    while (losses.length < updates) {
      const { ids, next } = batch(losses.length);
      optimizer.prepare();
      const { loss, gradient } = lossAndGradient(optimizer.trained, () =>
        lossOf(model, next)(ids, { training: true }),
      );
      const [value = Number.NaN] = await loss.data();
      if (Number.isFinite(value)) optimizer.step(gradient, rate);
      tf.dispose([ids, next, loss, gradient]);
      losses.push(value);
      if (!Number.isFinite(value)) return { end: null, spike: largestRise(losses.slice(0, -1)) };
    }
    const end = mean(losses.slice(-Math.max(1, Math.round(updates * LAST))));
    return { end: rounded(end), spike: largestRise(losses) };
  } finally {
    optimizer.dispose();
  }
};

const rounded = (x: number): number => Math.round(x * 1e4) / 1e4;

const largestRise = (losses: readonly number[]): number => {
  let [lowest, rise] = [Number.POSITIVE_INFINITY, 0];
  for (const loss of losses) {
    lowest = Math.min(lowest, loss);
    rise = Math.max(rise, loss - lowest);
  }
  return rounded(rise);
};
