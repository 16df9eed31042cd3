import type { ModelBatch, Module } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/** A model from token ids to logits. */
export interface LogitModel extends Module {
  call(batch: ModelBatch): tf.Tensor3D;
}

export interface OutputDifference {
  /** max |a - b| over all logits of the batch. */
  readonly largest: number;
  /** max |a|, for scale. */
  readonly scale: number;
}

/** How far two models' logits lie apart on a batch, dropout off: the check of a fold. */
export const outputDifference = async (
  a: LogitModel,
  b: LogitModel,
  batch: ModelBatch,
): Promise<OutputDifference> => {
  const pair = tf.tidy(() => {
    const logits = a.call(batch);
    return tf.stack([tf.max(tf.abs(tf.sub(logits, b.call(batch)))), tf.max(tf.abs(logits))]);
  });
  const [largest, scale] = (await pair.data()) as unknown as [number, number];
  pair.dispose();
  return { largest, scale };
};
