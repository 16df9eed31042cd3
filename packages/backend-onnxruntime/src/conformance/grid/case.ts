import type * as tf from '@tensorflow/tfjs';
import { floats, type Inputs, integers, type Plain } from '../../testing';

export type Tensors = Record<string, tf.Tensor>;

/** One program to run on two backends. */
export interface Case {
  readonly name: string;
  readonly inputs: Inputs;
  readonly program: (t: Tensors) => tf.Tensor[];
  /** Relative above 1, absolute below. */
  readonly tolerance: number;
}

export type Add = (name: string, inputs: Inputs, program: Case['program'], tolerance?: number) => void;

/** The cases that `describe` adds. */
export const gather = (describe: (add: Add) => void): readonly Case[] => {
  const cases: Case[] = [];
  describe((name, inputs, program, tolerance = 1e-5) => {
    cases.push({ name, inputs, program, tolerance });
  });
  return cases;
};

export const SPECIAL: readonly number[] = [
  NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  2.5,
  -1.5,
  1e-30,
  -1e-30,
  1e-5,
  3.4e38,
  -3.4e38,
  88.5,
  -100,
  7,
  -7,
];
export const special: Plain = { shape: [SPECIAL.length], dtype: 'float32', values: SPECIAL };
export const positive = (shape: readonly number[], seed = 1): Plain => {
  const plain = floats(shape, seed);
  return { ...plain, values: plain.values.map((x) => 0.6 + 0.5 * x) };
};
export const bools = (shape: readonly number[], seed = 1): Plain => {
  const plain = floats(shape, seed);
  return { ...plain, dtype: 'bool', values: plain.values.map((x) => (x > 0 ? 1 : 0)) };
};
export const big = (shape: readonly number[], seed = 1): Plain => {
  const plain = integers(shape, 2 ** 32, seed);
  return { ...plain, values: plain.values.map((x) => x - 2 ** 31) };
};

/** The first place where two results differ by more than the tolerance, relative above 1 and absolute below. */
export const difference = (ours: Plain, cpu: Plain, tolerance: number): string => {
  if (ours.dtype !== cpu.dtype) return `dtype ${ours.dtype}, not ${cpu.dtype}`;
  if (`${ours.shape}` !== `${cpu.shape}`) return `shape [${ours.shape}], not [${cpu.shape}]`;
  if (ours.values.length !== cpu.values.length) {
    return `${ours.values.length} numbers, not ${cpu.values.length}`;
  }
  for (let i = 0; i < cpu.values.length; i++) {
    const x = ours.values[i]!;
    const y = cpu.values[i]!;
    if (x === y || Object.is(x, y)) continue;
    if (!(Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y)))) return `element ${i}: ${x}, not ${y}`;
  }
  return '';
};
