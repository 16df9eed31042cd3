import * as tf from '@tensorflow/tfjs';
import { nearest, SteadyformerError } from './errors';
import type { Module } from './module';
import type { NamedArray } from './safetensors';

/** Every parameter's values by dotted path. */
export type StateDict = Readonly<Record<string, NamedArray>>;

/** Reads all parameters of a module. Throws where an update that stopped midway left one half changed. */
export const stateDict = async (module: Module): Promise<StateDict> => {
  const parameters = module.parameters();
  for (const { parameter } of parameters) parameter.checkUsable();
  const entries = parameters.map(async ({ path, parameter }) => {
    const data = Float32Array.from(await parameter.variable.data());
    return [path, { shape: [...parameter.shape], data }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
};

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i]);

/**
 * Sets all parameters of a module. Throws before it changes anything where tensors are missing, left over or of
 * another shape, naming the paths.
 */
export const loadStateDict = (module: Module, state: StateDict): void => {
  const parameters = module.parameters();
  const paths = parameters.map(({ path }) => path);
  const missing = paths.filter((path) => !(path in state));
  const extra = Object.keys(state).filter((path) => !paths.includes(path));
  if (missing.length > 0 || extra.length > 0) {
    const list = (label: string, names: readonly string[]): string =>
      names.length === 0
        ? ''
        : ` ${label} ${names.slice(0, 3).join(', ')}${names.length > 3 ? `, and ${names.length - 3} more` : ''};`;
    const hint =
      extra[0] && missing[0] ? ` the nearest to '${extra[0]}' is '${nearest(extra[0], missing)}'.` : '';
    throw new SteadyformerError(
      `the state does not belong to this model:${list('missing', missing)}${list('not in the model', extra)}${hint}` +
        ' Build the model from the config the state was saved with.',
    );
  }
  for (const { path, parameter } of parameters) {
    const { shape, data } = state[path]!;
    if (!sameShape(shape, parameter.shape)) {
      throw new SteadyformerError(
        `parameter '${path}': received shape [${shape.join(', ')}], expected [${parameter.shape.join(', ')}]`,
      );
    }
    if (data.length !== parameter.size) {
      throw new SteadyformerError(
        `parameter '${path}': received ${data.length} numbers, its shape holds ${parameter.size}`,
      );
    }
  }
  for (const { path, parameter } of parameters) {
    const { shape, data } = state[path]!;
    const value = tf.tensor(data, [...shape], 'float32');
    parameter.assign(value);
    value.dispose();
  }
};
