import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { onBackends } from '../../../testing/backends';
import { dot, maxError, noise, read } from '../../../testing/numbers';
import { lossAndGradient } from '../../autodiff/gradients';
import { encoderBlock } from '../../models/blocks';
import { randomStream } from '../../random/random';
import { Parameter } from '../../state/module';
import type { ResidualMethod } from '../residual';
import { Stack } from '../stack';
import { deepScaleLM } from './deepScaleLM';
import { keel } from './keel';
import { layerNormScaling } from './layerNormScaling';
import { mixLN } from './mixLN';
import { periLN } from './periLN';
import { reorderedNorm } from './reorderedNorm';
import { uMuP } from './uMuP';

// Written by fixtures/make_residual_methods.py: the papers' formulas in PyTorch.
const { cases } = JSON.parse(
  readFileSync(new URL('../../../fixtures/residualMethods.json', import.meta.url), 'utf8'),
) as { readonly cases: Readonly<Record<string, Case>> };

interface Case {
  readonly output: number[];
  /** The gradient of the input. */
  readonly input: number[];
  /** Every parameter's gradient, times noise. */
  readonly parameters: Readonly<Record<string, number>>;
}

const METHODS: Readonly<Record<string, ResidualMethod>> = {
  periLN: periLN(),
  'periLN layer': periLN({ norm: 'layer' }),
  reorderedNorm: reorderedNorm(),
  layerNormScaling: layerNormScaling(),
  mixLN: mixLN({ fraction: 0.4 }),
  keel: keel(),
  'keel scaled': keel({ scaledFirstBlock: true }),
  deepScaleLM: deepScaleLM(),
  uMuP: uMuP(),
  'uMuP uneven': uMuP({ residualMult: 0.7, residualAttnRatio: 2 }),
};

const [B, T, D] = [2, 4, 8];
const length = (numbers: readonly number[]): number => Math.sqrt(dot(numbers, numbers));
const seedOf = (path: string): number =>
  [...path].reduce((sum, c, i) => sum + c.charCodeAt(0) * (i + 1), 0) % 997;

/** The numbers of a parameter as the script has them. */
const valuesOf = (path: string, shape: readonly number[]): number[] => {
  const drawn = noise(
    shape.reduce((a, b) => a * b, 1),
    seedOf(path),
  );
  if (path.endsWith('weight')) return drawn.map((x) => x / Math.sqrt(shape[0]!));
  return drawn.map((x) => (path.endsWith('gain') ? 1 : 0) + 0.1 * x);
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

it('has a method for every case', () => {
  expect(Object.keys(METHODS)).toEqual(Object.keys(cases));
});

onBackends(() => {
  it.each(Object.entries(cases))('%s has the output and the gradients of PyTorch', (name, expected) => {
    const stack = stackWith(METHODS[name]!);
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
    let from = 0;
    const wrong = named.flatMap(({ path, parameter: { size } }) => {
      const own = numbers.slice(from, from + size);
      from += size;
      if (path === 'input') return [];
      const other = noise(size, seedOf(path) + 1);
      // Of the biases of keys the gradient is 0 but for rounding.
      const scale = Math.max(length(own), 0.01) * length(other);
      const error = Math.abs(dot(own, other) - expected.parameters[path]!) / scale;
      return error < 1e-5 ? [] : [{ path, error }];
    });
    expect(wrong).toEqual([]);
    tf.dispose([output, weights, loss, gradient, input.variable]);
    stack.dispose();
  });
});
