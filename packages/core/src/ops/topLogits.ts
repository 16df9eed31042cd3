import * as tf from '@tensorflow/tfjs';
import { hasKernel, type KernelForm, runKernel } from '../backend/kernels';

/** The likeliest tokens of every row. */
export interface TopLogProbabilities {
  /** [M * count], best first within a row; equal ones in the order of their tokens. */
  readonly logProbabilities: Float32Array;
  /** [M * count] */
  readonly tokens: Int32Array;
  readonly count: number;
}

/** Whether the active backend finds the likeliest tokens by a kernel. */
export const findsTopLogits = (): boolean => hasKernel('SteadyTopLogits');

/**
 * The `count` greatest of log softmax of logits [M, V], by a kernel of the active backend. A row that holds NaN or Infinity
 * comes out as NaN.
 */
export const topLogProbabilities = (logits: tf.Tensor2D, count: number): TopLogProbabilities => {
  const { values, tokens, normalise } = topOf(logits, count);
  return { logProbabilities: normalise(values, count), tokens, count };
};

/** log softmax of logits [M, V] in memory of the caller's own: to the bit what `topLogProbabilities` gives of some. */
export const logProbabilitiesOf = async (logits: tf.Tensor2D): Promise<Float32Array> => {
  if (findsTopLogits()) {
    const { normalise } = topOf(logits, 1);
    return normalise(Float32Array.from(logits.dataSync<'float32'>()), logits.shape[1]);
  }
  const logProbabilities = tf.logSoftmax(logits);
  try {
    // A copy: the backend may use the memory again.
    return Float32Array.from(await logProbabilities.data<'float32'>());
  } finally {
    logProbabilities.dispose();
  }
};

/** The greatest logits, and what makes log-probabilities of logits [M * width], in place. */
const topOf = (logits: tf.Tensor2D, count: number) => {
  const made = runKernel('SteadyTopLogits', { logits }, { count });
  const [values, tokens, mass] = made as [tf.Tensor, tf.Tensor, tf.Tensor];
  const greatest = Float32Array.from(values.dataSync<'float32'>());
  const found = {
    values: greatest,
    tokens: Int32Array.from(tokens.dataSync<'int32'>()),
    normalise: normaliser(
      greatest.filter((_, i) => i % count === 0),
      Float32Array.from(mass.dataSync<'float32'>()),
    ),
  };
  tf.dispose(made);
  return found;
};

const normaliser =
  (greatest: Float32Array, masses: Float32Array) =>
  (logits: Float32Array, width: number): Float32Array => {
    for (const [row, mass] of masses.entries()) {
      const logMass = Number.isFinite(mass) ? Math.fround(Math.log(mass)) : Number.NaN;
      const top = greatest[row]!;
      const end = (row + 1) * width;
      for (let i = row * width; i < end; i++) logits[i] = Math.fround(logits[i]! - top) - logMass;
    }
    return logits;
  };

/** The kernel, composed of what every backend has. */
export const composedTopLogits: KernelForm<'SteadyTopLogits'> = ({ logits }, { count }) => {
  const { values, indices } = tf.topk(logits, count);
  const mass = tf.tidy(() => tf.sum(tf.exp(tf.sub(logits, tf.max(logits, 1, true))), 1));
  return [values, indices, mass];
};
