import { masked, softmaxCrossEntropy } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/** Ids [B, T] as input and labels, [B, T - 1] each. */
export const shifted = (ids: tf.Tensor2D): readonly [tf.Tensor2D, tf.Tensor2D] => {
  const last = ids.shape[1] - 1;
  return [tf.slice(ids, [0, 0], [-1, last]), tf.slice(ids, [0, 1], [-1, last])];
};

/** logits [B, T, V], labels [B, T]: the mean over labels that are no pads. */
export const tokenLoss = (
  logits: tf.Tensor3D,
  labels: tf.Tensor2D,
  padId: number,
  smoothing: number,
): tf.Scalar => {
  const rows = tf.reshape<tf.Rank.R2>(logits, [-1, logits.shape[2]]);
  const wanted = tf.reshape<tf.Rank.R1>(labels, [-1]);
  const real = tf.cast(tf.notEqual(wanted, padId), 'float32');
  const { loss } = softmaxCrossEntropy(rows, wanted, smoothing);
  return tf.div(tf.sum(masked(loss, real)), tf.sum(real));
};
