import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { maxError, read } from '../../testing/numbers';
import { lossAndGradient } from '../autodiff/gradients';
import type { Parameter } from '../state/module';
import { type DerfOptions, derf, dynamicTanh } from './dynamicNorms';

interface Case {
  readonly norm: 'dynamicTanh' | 'derf';
  readonly shape: [number, number, number];
  readonly x: number[];
  readonly towards: number[];
  readonly weights: Readonly<Record<string, number[]>>;
  readonly output: number[];
  readonly gradients: Readonly<Record<string, number[]>>;
}

// Written by fixtures/make_attention.py: PyTorch.
const cases = JSON.parse(
  readFileSync(new URL('../../fixtures/dynamicNorms.json', import.meta.url)).toString(),
) as readonly Case[];
const factories = { dynamicTanh, derf };

onBackends(() => {
  it.each(cases)("$norm has PyTorch's output and gradients", ({ norm, shape, ...reference }) => {
    const made = factories[norm]().make(shape[2]);
    const parameters = made.parameters();
    for (const { path, parameter } of parameters) {
      parameter.assign(tf.tensor(reference.weights[path]!, [...parameter.shape]));
    }
    const [x, towards] = [
      tf.variable(tf.tensor3d(reference.x, shape)),
      tf.tensor3d(reference.towards, shape),
    ];
    const loss = (): tf.Scalar => tf.sum(tf.mul(made.call(x as unknown as tf.Tensor3D), towards));
    const y = made.call(x as unknown as tf.Tensor3D);
    expect(maxError(read(y), reference.output)).toBeLessThan(1e-5);
    const dx = tf.grad((input) => tf.sum(tf.mul(made.call(input as tf.Tensor3D), towards)))(x);
    expect(maxError(read(dx), reference.gradients.x!), 'gradient of x').toBeLessThan(1e-5);
    const { gradient } = lossAndGradient(parameters, loss);
    const expected = parameters.flatMap(({ path }) => reference.gradients[path]!);
    expect(parameters.map(({ path }) => path)).toEqual(Object.keys(reference.weights));
    expect(maxError(read(gradient), expected)).toBeLessThan(1e-5);
    made.dispose();
    tf.dispose([x, towards, y, dx, gradient]);
  });
});

const startOf = (parameters: readonly { path: string; parameter: Parameter }[]): Record<string, number[]> =>
  Object.fromEntries(parameters.map(({ path, parameter }) => [path, read(parameter.value)]));

describe('norms that are functions of one number', () => {
  it('start as their papers have it, or as told', () => {
    const start = { gain: [1, 1], bias: [0, 0], alpha: [0.5] };
    expect(startOf(dynamicTanh().make(2).parameters())).toEqual(start);
    expect(startOf(derf().make(2).parameters())).toEqual({ ...start, shift: [0] });
    const own = startOf(derf({ alpha: 0.25, shift: 0.125 }).make(2).parameters());
    expect(own).toEqual({ ...start, alpha: [0.25], shift: [0.125] });
  });

  it('say no power behind them, which depends on what enters, but what becomes of a feature', () => {
    expect([dynamicTanh().outputPower, derf().outputPower]).toEqual([undefined, undefined]);
    expect(dynamicTanh({ alpha: 0.5 }).elementwise!(1)).toBeCloseTo(Math.tanh(0.5), 12);
    // erf(0.5) = 0.5204998778
    expect(derf({ alpha: 0.25, shift: 0.25 }).elementwise!(1)).toBeCloseTo(0.5204998778, 9);
  });

  it.each<[object, string]>([
    [{ alpah: 1 }, "derf(): unknown option 'alpah', did you mean 'alpha'?"],
    [{ alpha: Number.NaN }, 'derf() alpha: received NaN'],
    [{ shift: '0' }, "derf() shift: received '0'"],
  ])('refuse %j', (options, message) => {
    expect(() => derf(options as DerfOptions)).toThrow(message);
  });
});
