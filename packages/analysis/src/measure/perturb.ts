import {
  type Module,
  type NamedParameter,
  type Parameter,
  type RandomStream,
  SteadyformerError,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/** The change of one parameter, of its shape. The caller disposes it. */
export type Delta = (named: NamedParameter) => tf.Tensor;

/** The authors' choice: weight matrices and embeddings, neither biases, norms nor shortcut scales. */
export const isMatrix = ({ parameter }: NamedParameter): boolean => parameter.shape.length >= 2;

/** A model with two sets of weights, its own and changed ones, of which either can be in place. */
export interface Twin {
  /** Puts one set in place, in the whole model or in one of its modules. Copies nothing. */
  use(weights: 'original' | 'changed', module?: Module): void;
}

/**
 * Runs `f` with a twin whose changed weights are W + delta at every selected parameter W, and puts the very same
 * values back whatever happens. Holds a second set of the selected weights. Throws where nothing is selected.
 */
export const withTwin = async <T>(
  model: Module,
  select: (named: NamedParameter) => boolean,
  delta: Delta,
  f: (twin: Twin) => Promise<T>,
): Promise<T> => {
  const selected = model.parameters().filter(select);
  if (selected.length === 0) {
    throw new SteadyformerError('no parameter of the model is selected for the perturbation');
  }
  const sets = new Map<Parameter, { readonly original: tf.Tensor; readonly changed: tf.Tensor }>();
  const twin: Twin = {
    use: (weights, module = model) => {
      for (const { parameter } of module.parameters()) {
        const set = sets.get(parameter);
        if (set) parameter.assign(set[weights]);
      }
    },
  };
  try {
    for (const named of selected) {
      const { value } = named.parameter;
      const changed = tf.tidy(() => tf.add(value, delta(named)));
      // A clone shares its original's memory: nothing is copied, and nothing is rounded on the way back.
      sets.set(named.parameter, { original: tf.clone(value), changed });
    }
    return await f(twin);
  } finally {
    twin.use('original');
    for (const { original, changed } of sets.values()) tf.dispose([original, changed]);
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
