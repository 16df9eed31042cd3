import * as tf from '@tensorflow/tfjs';
import { check, checkRecord, isRecord, nearest, SteadyformerError, show } from '../checks/errors';
import type { Module, Parameter } from './module';
import type { NamedArray } from './safetensors';

/** Every parameter's values by dotted path. */
export type StateDict = Readonly<Record<string, NamedArray>>;

const checkModule = (module: Module): void =>
  check(typeof module?.parameters === 'function', 'module', module, 'a model or another Module');

/** Reads all parameters of a module. Throws where an update that stopped midway left one half changed. */
export const stateDict = async (module: Module): Promise<StateDict> => {
  checkModule(module);
  const parameters = module.parameters();
  for (const { parameter } of parameters) parameter.checkUsable();
  const entries = parameters.map(async ({ path, parameter }) => {
    const data = Float32Array.from(await parameter.variable.data());
    return [path, { shape: [...parameter.shape], data }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
};

const few = (label: string, names: readonly string[]): string => {
  if (names.length === 0) return '';
  const more = names.length > 3 ? `, and ${names.length - 3} more` : '';
  return ` ${label} ${names
    .slice(0, 3)
    .map((name) => show(name).slice(1, -1))
    .join(', ')}${more};`;
};

const checkArray = (path: string, array: NamedArray, { shape, size, variable }: Parameter): void => {
  const what = `parameter ${show(path)}`;
  check(!variable.isDisposed, what, 'a state', 'nothing more, for it is disposed');
  check(isRecord(array) && array.data instanceof Float32Array, what, array, '{ shape, data: Float32Array }');
  const { data, shape: own } = array;
  const same = Array.isArray(own) && tf.util.arraysEqual([...own], [...shape]);
  if (!same) throw new SteadyformerError(`${what}: received shape ${show(own)}, expected ${show(shape)}`);
  if (data.length !== size) {
    throw new SteadyformerError(`${what}: received ${data.length} numbers, its shape holds ${size}`);
  }
  // Squares of larger ones overflow float32, of which backends make different things.
  const odd = data.find((value) => Math.abs(value) >= 2 ** 64);
  check(odd === undefined, what, odd, 'numbers below 2^64, whose squares float32 holds');
};

/**
 * Sets all parameters of a module. Throws before it changes anything where tensors are missing, left over, of another
 * shape or beyond 2^64, naming the paths.
 */
export const loadStateDict = (module: Module, state: StateDict): void => {
  checkModule(module);
  checkRecord('state', state, 'arrays by path, as stateDict() and readSafetensors() give them');
  const parameters = module.parameters();
  const paths = new Set(parameters.map(({ path }) => path));
  const missing = [...paths].filter((path) => !Object.hasOwn(state, path));
  const extra = Object.keys(state).filter((path) => !paths.has(path));
  if (missing.length > 0 || extra.length > 0) {
    const hint =
      extra[0] && missing[0] ? ` the nearest to ${show(extra[0])} is '${nearest(extra[0], missing)}'.` : '';
    throw new SteadyformerError(
      `the state does not belong to this model:${few('missing', missing)}${few('not in the model', extra)}${hint}` +
        ' Build the model from the config the state was saved with.',
    );
  }
  for (const { path, parameter } of parameters) checkArray(path, state[path]!, parameter);
  for (const { path, parameter } of parameters) {
    const { shape, data } = state[path]!;
    const value = tf.tensor(data, [...shape], 'float32');
    parameter.assign(value);
    value.dispose();
  }
};
