import {
  type FixedWeights,
  logProbabilitiesOf,
  type TopLogProbabilities,
  topLogProbabilities,
  withFixedWeights,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/**
 * A model that says, token by token, how likely each next token is. Rows are hypotheses; search decides which
 * rows live on.
 */
export interface StepDecoder {
  /** V */
  readonly vocabulary: number;
  /** Rows at present, R. */
  readonly rows: number;
  /** ids [R]: the token each row was given last. Returns log-probabilities [R * V], row by row. */
  step(ids: Int32Array): Promise<Float32Array>;
  /**
   * The same step, where only the `count` likeliest tokens of each row are asked for. Undefined where the decoder has no
   * faster way to find them than `step`. A row of NaN is one whose model gave none.
   */
  top?(ids: Int32Array, count: number): Promise<TopLogProbabilities> | undefined;
  /** Keeps the rows `indices`, in that order; repeats are allowed. */
  select(indices: readonly number[]): void;
  dispose(): void;
}

interface Speaker {
  logits(hidden: tf.Tensor2D): tf.Tensor2D;
}

/** Logits [R, V] of what follows the one new position of every row, from its output [R, 1, D]. */
const nextLogits = (model: Speaker, hidden: tf.Tensor3D): tf.Tensor2D =>
  model.logits(tf.reshape(hidden, [hidden.shape[0], hidden.shape[2]]));

/** Log-probabilities of what follows the one new position of every row, [R * V]. */
export const nextLogProbabilities = async (
  model: Speaker,
  decode: () => tf.Tensor3D,
  weights: FixedWeights = {},
): Promise<Float32Array> => {
  const logits = withFixedWeights(() => tf.tidy(() => nextLogits(model, decode())), weights);
  try {
    return await logProbabilitiesOf(logits);
  } finally {
    logits.dispose();
  }
};

/** The likeliest of them. */
export const likeliestTokens = async (
  model: Speaker,
  decode: () => tf.Tensor3D,
  count: number,
  weights: FixedWeights = {},
): Promise<TopLogProbabilities> => {
  const logits = withFixedWeights(() => tf.tidy(() => nextLogits(model, decode())), weights);
  try {
    return topLogProbabilities(logits, count);
  } finally {
    logits.dispose();
  }
};
