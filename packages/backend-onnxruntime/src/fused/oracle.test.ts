import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { distance, floats, type Inputs, type Plain, runKernel, toPlain, toTensor } from '../testing';
import { useKernels } from './testing';

// Kernels in WebAssembly against the graphs that stand in for them, on numbers of all kinds.

afterAll(() => useKernels('wasm'));

const [NAN, INFINITE] = [Number.NaN, Number.POSITIVE_INFINITY];

/** Rows of ordinary numbers, and one each with what is no number, overflows, vanishes, or lies far from zero. */
const rows = (shape: readonly [number, number], seed: number): Plain => {
  const [m, d] = shape;
  const { values } = floats(shape, seed);
  const changed = values.map((value, at) => {
    const [row, column] = [Math.floor(at / d), at % d];
    if (m < 8) return value;
    if (row === 1) return column === seed % d ? NAN : value;
    if (row === 2) return column === d - 1 ? INFINITE : value;
    if (row === 3) return column === 0 ? -INFINITE : value;
    if (row === 4) return value * 1e30;
    if (row === 5) return value * 1e-30;
    return row === 6 ? value + 30 : value;
  });
  return { shape, dtype: 'float32', values: changed };
};

/** Outputs of a kernel on both, each near the other's, row by row where there are rows. */
const agree = async (name: string, inputs: Inputs, attrs: object, within: number): Promise<Plain[]> => {
  await useKernels('graph');
  const expected = await runKernel(name, inputs, attrs);
  await useKernels('wasm');
  const received = await runKernel(name, inputs, attrs);
  expect(received).toHaveLength(expected.length);
  for (const [i, plain] of expected.entries()) {
    const width = plain.shape.length === 2 ? plain.shape[1]! : plain.values.length;
    for (let from = 0; from < plain.values.length; from += width) {
      const of = ({ values, dtype }: Plain): Plain => ({
        shape: [width],
        dtype,
        values: values.slice(from, from + width),
      });
      expect(distance(of(received[i]!), of(plain))).toBeLessThan(within);
    }
  }
  return expected;
};

describe.each([
  [8, 4],
  [9, 7],
  [1, 300],
  [40, 64],
  [130, 257],
] as const)('of [%i, %i]', (m, d) => {
  const [gain, bias, omega] = [floats([d], 2), floats([d], 3), floats([d], 6)];
  const [x, branch, dy] = [rows([m, d], 1), floats([m, d], 5), rows([m, d], 4)];
  const calm = floats([m, d], 7);

  it('SteadyLayerNorm and its gradient', async () => {
    await agree('SteadyLayerNorm', { x, gain, bias }, { epsilon: 1e-5 }, 3e-6);
    const [, normalised, inverseDeviation] = await runKernel(
      'SteadyLayerNorm',
      { x: calm, gain, bias },
      { epsilon: 1e-5 },
    );
    const saved = { normalised: normalised!, inverseDeviation: inverseDeviation!, gain };
    await agree('SteadyLayerNormGrad', { dy, ...saved }, {}, 1e-5);
  });

  it.each([true, false])('SteadyAddLayerNorm and its gradient, with omega: %s', async (scaled) => {
    const more: Inputs = scaled ? { omega } : {};
    const inputs = { shortcut: x, branch, gain, bias, ...more };
    await agree('SteadyAddLayerNorm', inputs, { epsilon: 1e-5 }, 3e-6);
    const [, normalised, inverseDeviation] = await runKernel(
      'SteadyAddLayerNorm',
      { ...inputs, shortcut: calm },
      { epsilon: 1e-5 },
    );
    const saved = { normalised: normalised!, inverseDeviation: inverseDeviation!, gain };
    const joined: Inputs = scaled ? { shortcut: calm, omega } : {};
    await agree('SteadyAddLayerNormGrad', { dy, ...saved, ...joined }, {}, 1e-5);
  });

  it('SteadyRmsNorm and its gradient', async () => {
    await agree('SteadyRmsNorm', { x, gain }, { epsilon: 1e-6 }, 3e-6);
    const [, normalised, inverseRoot] = await runKernel(
      'SteadyRmsNorm',
      { x: calm, gain },
      { epsilon: 1e-6 },
    );
    const saved = { normalised: normalised!, inverseRoot: inverseRoot!, gain };
    await agree('SteadyRmsNormGrad', { dy, ...saved }, {}, 1e-5);
  });
});

const adam = {
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-8,
  stepSize: 0.01,
  rootScale: 1.3,
  adaptive: true,
  decay: 1,
  l2: 0,
  gradientScale: 1,
};

describe('SteadyAdamStep', () => {
  it.each([
    {},
    { gradientScale: 0.5, l2: 0.01, decay: 0.999 },
    { adaptive: false },
    { beta1: 0, beta2: 0, adaptive: false },
    { beta2: 0 },
    { stepSize: 0, decay: 0.9 },
    { stepSize: 0 },
  ])('to the bit: %o', async (variant) => {
    const size = 70_003;
    const odd = [NAN, INFINITE, -INFINITE, 3e38, -3e38, 1e-42, 0];
    const some = (seed: number): Plain => {
      const plain = floats([size], seed);
      const values = plain.values.map((each, i) =>
        (i + seed) % 11 < odd.length ? odd[(i + seed) % 11]! : each,
      );
      return { ...plain, values };
    };
    const v = { ...some(4), values: some(4).values.map(Math.abs) };
    const given = { parameters: some(1), gradient: some(2), m: some(3), v };
    const run = async (kernels: 'wasm' | 'graph'): Promise<Plain[]> => {
      await useKernels(kernels);
      const tensors = Object.fromEntries(Object.entries(given).map(([key, plain]) => [key, toTensor(plain)]));
      tf.dispose(tf.engine().runKernel('SteadyAdamStep', tensors, { ...adam, ...variant }));
      const found = ['parameters', 'm', 'v'].map((name) => toPlain(tensors[name]!));
      tf.dispose(tensors);
      return found;
    };
    const expected = await run('graph');
    for (const [i, plain] of (await run('wasm')).entries()) expect(plain.values).toEqual(expected[i]!.values);
  });
});
