import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { lossAndGradient } from '../src/autodiff/gradients';
import { encoderBlock } from '../src/models/blocks';
import { randomStream } from '../src/random/random';
import type { ResidualMethod } from '../src/residual/residual';
import { Stack } from '../src/residual/stack';
import { Parameter } from '../src/state/module';
import { dot, maxError, noise, read } from './numbers';

/** What an encoder of three blocks gives with a residual method, by a script among the fixtures. */
export interface TwinCase {
  readonly output: number[];
  /** The gradient of the input. */
  readonly input: number[];
  /** Every parameter's gradient, times noise. */
  readonly parameters: Readonly<Record<string, number>>;
}

export const twinCases = (file: string): Readonly<Record<string, TwinCase>> =>
  JSON.parse(readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8')).cases;

const [B, T, D] = [2, 4, 8];
const length = (numbers: readonly number[]): number => Math.sqrt(dot(numbers, numbers));
const seedOf = (path: string): number =>
  [...path].reduce((sum, c, i) => sum + c.charCodeAt(0) * (i + 1), 0) % 997;

/** The numbers of a parameter as the scripts have them. */
const valuesOf = (path: string, shape: readonly number[]): number[] => {
  const drawn = noise(
    shape.reduce((a, b) => a * b, 1),
    seedOf(path),
  );
  if (/(weight|projection)$/.test(path)) return drawn.map((x) => x / Math.sqrt(shape[0]!));
  if (path.endsWith('gain')) return drawn.map((x) => 1 + 0.1 * x);
  return path.endsWith('bias') ? drawn.map((x) => 0.1 * x) : [...drawn];
};

const stackWith = (method: ResidualMethod): Stack => {
  const block = encoderBlock({ width: D, heads: 2, feedForward: 16 });
  const stack = new Stack({ name: 'encoder', width: D, depth: 3, block, method }, randomStream(1));
  for (const { path, parameter } of stack.parameters()) {
    const value = tf.tensor(valuesOf(path, parameter.shape), [...parameter.shape]);
    parameter.assign(value);
    value.dispose();
  }
  return stack;
};

/** Throws unless the stack has the twin's parameters, output and gradients, each to 1e-5 of its size. */
export const agrees = (method: ResidualMethod, expected: TwinCase): void => {
  const stack = stackWith(method);
  const parameters = stack.parameters();
  expect(parameters.map(({ path }) => path).sort()).toEqual(Object.keys(expected.parameters));
  const input = new Parameter(tf.tensor3d(noise(B * T * D, 1), [B, T, D]));
  const weights = tf.tensor3d(noise(B * T * D, 2), [B, T, D]);
  const output = stack.call(input.value);
  expect(maxError(read(output), expected.output)).toBeLessThan(1e-5);
  const named = [{ path: 'input', parameter: input as Parameter }, ...parameters];
  const { loss, gradient } = lossAndGradient(named, () =>
    tf.sum<tf.Scalar>(tf.mul(stack.call(input.value), weights)),
  );
  const numbers = read(gradient);
  expect(maxError(numbers.slice(0, B * T * D), expected.input)).toBeLessThan(1e-5);
  const ends = named.map(({ parameter }) => parameter.size);
  for (const [i, size] of ends.entries()) ends[i] = (ends[i - 1] ?? 0) + size;
  const own = parameters.map((_, i) => numbers.slice(ends[i], ends[i + 1]));
  // Of biases of keys, and of factors in front of a norm, the gradient is 0 but for rounding.
  const least = 0.01 * Math.max(...own.map(length));
  const wrong = parameters.flatMap(({ path, parameter: { size } }, i) => {
    const other = noise(size, seedOf(path) + 1);
    const scale = Math.max(length(own[i]!), least) * length(other);
    const error = Math.abs(dot(own[i]!, other) - expected.parameters[path]!) / scale;
    return error < 1e-5 ? [] : [{ path, error }];
  });
  expect(wrong).toEqual([]);
  tf.dispose([output, weights, loss, gradient, input.variable]);
  stack.dispose();
};
