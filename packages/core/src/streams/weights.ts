import * as tf from '@tensorflow/tfjs';
import { sumOf, times } from './join';
import type { StreamTensors, Weight } from './plan';

/** The entries of a [n] or [B, T, n], each to multiply [B, T, D]: [1], or [B, T, 1] */
export const entriesOf = (weights: tf.Tensor): readonly tf.Tensor[] =>
  weights.shape.at(-1) === 1 ? [weights] : tf.split(weights, weights.shape.at(-1)!, -1);

/** The entries of a [m, n] or [B, T, m, n], or of the rows that are given; `numbers` stand for the others. */
export const rowsOf = (
  weights: NonNullable<StreamTensors['carry']>,
  numbers: readonly (readonly number[])[],
): readonly (readonly Weight[])[] => {
  if (!(weights instanceof tf.Tensor)) {
    return numbers.map((row, i) => (weights[i] ? entriesOf(weights[i]) : row));
  }
  const axis = weights.rank - 2;
  return tf.split(weights, weights.shape[axis]!, axis).map((row) => entriesOf(tf.squeeze(row, [axis])));
};

/** The sum of the streams with their weights. One at least is not 0. */
export const weightedSum = (streams: readonly tf.Tensor3D[], weights: readonly Weight[]): tf.Tensor3D =>
  sumOf({
    others: streams.map((stream, j) => times(stream, weights[j]!)).filter((term) => term !== undefined),
  });
