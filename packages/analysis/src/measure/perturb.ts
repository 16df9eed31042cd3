import { type Module, type NamedParameter, type RandomStream, SteadyformerError } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/** The change of one parameter, of its shape. The caller disposes it. */
export type Delta = (named: NamedParameter) => tf.Tensor;

/** The authors' choice: weight matrices and embeddings, neither biases, norms nor shortcut scales. */
export const isMatrix = ({ parameter }: NamedParameter): boolean => parameter.shape.length >= 2;

/**
 * Runs `f` with W + delta in place of every selected parameter W, and puts the very same values back whatever
 * happens. Throws where nothing is selected.
 */
export const withPerturbed = async <T>(
  model: Module,
  select: (named: NamedParameter) => boolean,
  delta: Delta,
  f: () => Promise<T>,
): Promise<T> => {
  const selected = model.parameters().filter(select);
  if (selected.length === 0) {
    throw new SteadyformerError('no parameter of the model is selected for the perturbation');
  }
  // A clone shares its original's memory: nothing is copied, and nothing is rounded on the way back.
  const originals = selected.map(({ parameter }) => tf.clone(parameter.value));
  try {
    for (const named of selected) {
      tf.tidy(() => named.parameter.assign(tf.add(named.parameter.value, delta(named))));
    }
    return await f();
  } finally {
    for (const [i, { parameter }] of selected.entries()) parameter.assign(originals[i]!);
    tf.dispose(originals);
  }
};

/** +-size, independent and even (the authors' perturbation, size 1e-4). */
export const randomSigns =
  (random: RandomStream, size: number): Delta =>
  ({ path, parameter }) => {
    const stream = random.fork(path);
    const values = new Float32Array(parameter.size);
    for (let i = 0; i < values.length; i += 32) {
      const bits = stream.bits(i >>> 5);
      const end = Math.min(values.length, i + 32);
      for (let j = i; j < end; j++) values[j] = (bits >>> (j - i)) & 1 ? size : -size;
    }
    return tf.tensor(values, [...parameter.shape], 'float32');
  };

/** Gaussian noise of deviation `ratio` times the parameter's own root mean square. */
export const relativeNoise =
  (random: RandomStream, ratio: number): Delta =>
  ({ path, parameter }) =>
    tf.tidy(() => {
      const noise = tf.tensor(random.fork(path).normal(parameter.size), [...parameter.shape], 'float32');
      const deviation = tf.sqrt(tf.mean(tf.square(parameter.value)));
      return tf.mul(noise, tf.mul(deviation, ratio));
    });

/** One step against the signs of the gradient: -size * sign(dLoss / dW) (the authors' "gradient as delta"). */
export const gradientSigns =
  (gradients: Readonly<Record<string, tf.Tensor>>, size: number): Delta =>
  ({ parameter }) => {
    const gradient = gradients[parameter.variable.name];
    return gradient ? tf.mul(tf.sign(gradient), -size) : tf.zeros([...parameter.shape]);
  };
