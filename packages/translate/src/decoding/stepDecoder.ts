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
  /** Keeps the rows `indices`, in that order; repeats are allowed. */
  select(indices: readonly number[]): void;
  dispose(): void;
}

/** Log-probabilities of what follows the one new position of every row, [R * V], from its output [R, 1, D]. */
export const nextLogProbabilities = async (
  model: { logits(hidden: tf.Tensor2D): tf.Tensor2D },
  decode: () => tf.Tensor3D,
): Promise<Float32Array> => {
  const logProbabilities = tf.tidy(() => {
    const hidden = decode();
    return tf.logSoftmax(model.logits(tf.reshape(hidden, [hidden.shape[0], hidden.shape[2]]))); // [R, V]
  });
  try {
    // A copy: the backend may use the memory again.
    return Float32Array.from(await logProbabilities.data<'float32'>());
  } finally {
    logProbabilities.dispose();
  }
};
