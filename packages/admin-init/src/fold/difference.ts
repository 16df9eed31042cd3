import { check, type Module } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/** A model of batches, whatever they are: all kinds of core, and any of your own. */
export interface BatchModel<Batch> extends Module {
  call(batch: Batch): tf.Tensor;
}

/** What `outputDifference` gives. */
export interface OutputDifference {
  /** max |a - b| over all outputs of the batch. */
  readonly largest: number;
  /** max |a|, for scale. */
  readonly scale: number;
}

/**
 * How far two models' outputs lie apart on a batch, dropout off: the check of a fold.
 *
 * @throws SteadyformerError on what is no model
 */
export const outputDifference = async <Batch>(
  a: BatchModel<Batch>,
  b: BatchModel<Batch>,
  batch: Batch,
): Promise<OutputDifference> => {
  for (const model of [a, b]) {
    check(typeof model?.call === 'function', 'outputDifference() model', model, 'a model with call(batch)');
  }
  const pair = tf.tidy(() => {
    const outputs = a.call(batch);
    return tf.stack([tf.max(tf.abs(tf.sub(outputs, b.call(batch)))), tf.max(tf.abs(outputs))]);
  });
  const [largest, scale] = (await pair.data()) as unknown as [number, number];
  pair.dispose();
  return { largest, scale };
};
