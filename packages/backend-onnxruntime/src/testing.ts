import * as tf from '@tensorflow/tfjs';
import { BACKEND_NAME } from './register';
import './index';

/** Numbers and their shape, independent of any backend. */
export interface Plain {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly values: readonly number[];
}

/** A deterministic stream of numbers in [-1, 1) (Lehmer's generator): inputs of tests. */
export const numbers = (seed: number): (() => number) => {
  let state = (seed * 2654435761 + 12345) % 2147483647;
  return () => {
    state = (state * 48271) % 2147483647;
    return (state / 2147483647) * 2 - 1;
  };
};

/** A float tensor's worth of numbers in [-1, 1). */
export const floats = (shape: readonly number[], seed = 1): Plain => {
  const next = numbers(seed);
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, dtype: 'float32', values: Array.from({ length: size }, next) };
};

/** Whole numbers in [0, below). */
export const integers = (shape: readonly number[], below: number, seed = 1): Plain => {
  const { values } = floats(shape, seed);
  return { shape, dtype: 'int32', values: values.map((x) => Math.floor(((x + 1) / 2) * below)) };
};

export const toTensor = ({ values, shape, dtype }: Plain): tf.Tensor =>
  tf.tensor([...values], [...shape], dtype);

export const toPlain = (tensor: tf.Tensor): Plain => ({
  shape: tensor.shape,
  dtype: tensor.dtype as Plain['dtype'],
  values: Array.from(tensor.dataSync()),
});

export type Inputs = Readonly<Record<string, Plain>>;

/** Runs `f` on a backend with `inputs` as tensors and gives what it returns as plain numbers; nothing is left over. */
export const onBackend = async (
  name: string,
  inputs: Inputs,
  f: (tensors: Record<string, tf.Tensor>) => tf.Tensor[],
): Promise<Plain[]> => {
  await tf.setBackend(name);
  const before = tf.memory().numTensors;
  const result = tf
    .tidy(() => f(Object.fromEntries(Object.entries(inputs).map(([key, plain]) => [key, toTensor(plain)]))))
    .map((tensor) => {
      const plain = toPlain(tensor);
      tensor.dispose();
      return plain;
    });
  if (tf.memory().numTensors !== before)
    throw new Error(`${tf.memory().numTensors - before} tensors left over`);
  return result;
};

/** Runs one kernel by name on our backend. */
export const runKernel = (name: string, inputs: Inputs, attrs: object): Promise<Plain[]> =>
  onBackend(BACKEND_NAME, inputs, (tensors) => {
    const out = tf.engine().runKernel(name, tensors, { ...attrs }) as tf.Tensor | tf.Tensor[];
    return Array.isArray(out) ? out : [out];
  });

/** The same from plain ops on tfjs's cpu backend. */
export const onCpu = (
  inputs: Inputs,
  f: (tensors: Record<string, tf.Tensor>) => tf.Tensor[],
): Promise<Plain[]> => onBackend('cpu', inputs, f);

/** max |a - b| / max |b|; infinite where shapes, types, or the places of NaN and infinities differ. */
export const distance = (a: Plain, b: Plain): number => {
  if (a.dtype !== b.dtype || `${a.shape}` !== `${b.shape}` || a.values.length !== b.values.length)
    return Infinity;
  let error = 0;
  let scale = 0;
  for (let i = 0; i < b.values.length; i++) {
    const x = a.values[i]!;
    const y = b.values[i]!;
    if (Object.is(x, y) || x === y) {
      if (Number.isFinite(y)) scale = Math.max(scale, Math.abs(y));
      continue;
    }
    if (!Number.isFinite(x) || !Number.isFinite(y)) return Infinity;
    error = Math.max(error, Math.abs(x - y));
    scale = Math.max(scale, Math.abs(y));
  }
  return error === 0 ? 0 : error / Math.max(scale, 1e-30);
};
