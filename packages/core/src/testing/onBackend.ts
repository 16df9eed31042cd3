import * as tf from '@tensorflow/tfjs';
import { SteadyformerError } from '../checks/errors';
import { type Plain, type Plains, plainOf } from './numbers';

/** Tensors by name. */
export type Tensors = Readonly<Record<string, tf.Tensor>>;

export const tensorsOf = (plains: Plains): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(plains).map(([name, { data, shape, dtype = 'float32' }]) => [
      name,
      tf.tensor([...data], [...shape], dtype),
    ]),
  );

/** Runs f with a backend active, and makes active again what was before. */
export const withBackend = async <T>(name: string, f: () => Promise<T>): Promise<T> => {
  const before = tf.getBackend();
  if (before === name) return f();
  if (!(await tf.setBackend(name))) throw new SteadyformerError(`tfjs could not start the backend '${name}'`);
  await tf.ready();
  try {
    return await f();
  } finally {
    if (before) await tf.setBackend(before);
  }
};

/** Buffers that the active backend holds; undefined where it does not count them. */
const buffers = (): number | undefined => {
  try {
    return tf.backend().numDataIds();
  } catch {
    return undefined;
  }
};

/**
 * What f makes of tensors of the inputs, as numbers. Throws where f leaves tensors or buffers of the backend behind, or
 * changes an input.
 */
export const evaluate = async (
  what: string,
  inputs: Plains,
  f: (tensors: Tensors) => tf.Tensor[],
): Promise<Plain[]> => {
  const tensors = tensorsOf(inputs);
  try {
    const before = [tf.memory().numTensors, buffers()];
    const outputs = f(tensors);
    const numbers = await Promise.all(outputs.map(plainOf));
    // A kernel may hand an input on as it came.
    tf.dispose(outputs.filter((output) => !Object.values(tensors).includes(output)));
    const after = [tf.memory().numTensors, buffers()];
    for (const [i, kind] of ['tensors', 'buffers'].entries()) {
      const left = after[i]! - before[i]!;
      if (left > 0) throw new SteadyformerError(`${what}: left ${left} ${kind} behind.`);
    }
    for (const [name, tensor] of Object.entries(tensors)) {
      const { data } = await plainOf(tensor);
      const same = data.every((x, i) => Object.is(x, Math.fround(inputs[name]!.data[i]!)));
      if (!same) throw new SteadyformerError(`${what}: changed its input ${name}, which is not its own.`);
    }
    return numbers;
  } finally {
    tf.dispose(tensors);
  }
};
