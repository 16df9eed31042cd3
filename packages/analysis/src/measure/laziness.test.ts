import {
  type Encoder,
  encoder,
  preLN,
  randomStream,
  selectBackend,
  softmaxCrossEntropy,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { linearNetwork } from '../../testing/linearNetwork';
import { laziness } from './laziness';
import { isMatrix, randomSigns } from './perturb';
import { perToken } from './tokens';
import { zipfTokens } from './zipf';

beforeAll(async () => {
  await selectBackend('wasm');
});

const width = 8;
const linear = (depth: number): Encoder => linearNetwork(depth, width);
const stream = (): tf.Tensor3D =>
  tf.tensor3d(
    randomStream(5)
      .fork('x')
      .normal(3 * 4 * width),
    [3, 4, width],
  );

type Rows = readonly (readonly number[])[];
const product = (a: Rows, b: Rows): number[][] =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)));
const sum = (a: Rows, b: Rows): number[][] => a.map((row, i) => row.map((x, j) => x + b[i]![j]!));
const norm = (a: Rows): number => Math.sqrt(a.flat().reduce((total, x) => total + x * x, 0));

it('is 0 for a network that is linear in its weights, and leaves weights and tensors as they were', async () => {
  const [model, x] = [linear(1), stream()];
  const weight = model.parameters().find(isMatrix)!.parameter;
  const before = await weight.value.data();
  const { numTensors } = tf.memory();
  const { encoder: found } = await laziness(model, x, { output: 'stream', size: 0.1 });
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(await weight.value.data()).toEqual(before);
  expect(found).toHaveLength(1);
  expect(found![0]!.depth).toBe(1);
  expect(found![0]!.change).toBeGreaterThan(0);
  expect(found![0]!.laziness).toBeLessThan(1e-4);
  // The same network is not linear once its output is normalised.
  const { encoder: normed } = await laziness(model, x, {});
  expect(normed![0]!.laziness).toBeGreaterThan(1e-3);
  x.dispose();
  model.dispose();
});

it('is the exact share of x D_1 D_2 in the change of x (I + W_1) (I + W_2)', async () => {
  const [model, x] = [linear(2), stream()];
  const matrices = model.parameters().filter(isMatrix);
  const rows = async (tensor: tf.Tensor): Promise<Rows> => (await tensor.array()) as number[][];
  const weights = await Promise.all(matrices.map(({ parameter }) => rows(parameter.value)));
  const size = 0.3;
  const count = 2 * width * width;
  const step = size * Math.sqrt(weights.reduce((total, w) => total + norm(w) ** 2, 0) / count);
  const signs = randomSigns(randomStream(1).fork('laziness'), step);
  const [d1, d2] = (await Promise.all(matrices.map((named) => rows(signs(named))))) as [Rows, Rows];
  const one: Rows = weights[0]!.map((row, i) => row.map((w, j) => w + (i === j ? 1 : 0)));
  const two: Rows = weights[1]!.map((row, i) => row.map((w, j) => w + (i === j ? 1 : 0)));
  const input: Rows = await rows(tf.reshape(x, [-1, width]));
  const second = product(product(input, d1), d2);
  const first = sum(product(product(input, d1), two), product(product(input, one), d2));
  const { encoder: found } = await laziness(model, x, { output: 'stream', size });
  expect(found![0]!.laziness / (norm(second) / norm(sum(first, second)))).toBeCloseTo(1, 3);
  x.dispose();
  model.dispose();
});

it('is the difference quotient of a Transformer, up to its own error', async () => {
  const model = encoder({ vocabulary: 30, method: preLN(), depth: 2, width: 16, heads: 2 }, 2);
  const ids = zipfTokens({ sentences: 2, length: 6, vocabulary: 30 });
  const loss = (batch: tf.Tensor2D, context: object): tf.Scalar => {
    const logits = tf.reshape<tf.Rank.R2>(model.logits(model.call(batch, context)), [-1, 30]);
    return tf.mean<tf.Scalar>(softmaxCrossEntropy(logits, tf.reshape(batch, [-1]), 0).loss);
  };
  const size = 0.03;
  const measured = await laziness(model, ids, { loss, size, depths: [1, 4] });
  expect(measured.encoder!.map(({ depth }) => depth)).toEqual([1, 4]);

  // One-sided differences of other steps, extrapolated to none, along a direction that is made anew.
  const matrices = model.parameters().filter(isMatrix);
  const { grads } = tf.variableGrads(
    () => loss(ids, {}),
    matrices.map(({ parameter }) => parameter.variable),
  );
  const originals = matrices.map(({ parameter }) => tf.clone(parameter.value));
  const squares = originals.map((w) => tf.sum(tf.square(w)).dataSync()[0]!);
  const scalars = matrices.reduce((total, { parameter }) => total + parameter.size, 0);
  const step = size * Math.sqrt(squares.reduce((total, x) => total + x, 0) / scalars);
  const output = (share: number): Float64Array => {
    for (const [i, { parameter }] of matrices.entries()) {
      const signs = tf.sign(grads[parameter.variable.name]!);
      parameter.assign(tf.sub(originals[i]!, tf.mul(signs, share * step)));
    }
    const outputs: tf.Tensor3D[] = [];
    const probe = {
      join: ({ output: x }: { readonly output: tf.Tensor3D }): void => {
        outputs.push(tf.keep(perToken(x)));
      },
    };
    tf.tidy(() => {
      model.call(ids, { probe });
    });
    return Float64Array.from(outputs.at(-1)!.dataSync());
  };
  const base = output(0);
  const quotient = (h: number): Float64Array => output(h).map((x, i) => (x - base[i]!) / h);
  const [coarse, fine] = [quotient(0.1), quotient(0.05)];
  const change = output(1).map((x, i) => x - base[i]!);
  const size2 = (values: Float64Array): number => Math.sqrt(values.reduce((total, x) => total + x * x, 0));
  const expected = size2(change.map((x, i) => x - (2 * fine[i]! - coarse[i]!))) / size2(change);
  const { laziness: found, error } = measured.encoder![1]!;
  expect(error).toBeLessThan(0.02);
  expect(Math.abs(found - expected)).toBeLessThan(0.02 * expected + error);
  expect(found).toBeGreaterThan(0.1);
});

it('says what it does not take', async () => {
  const [model, x] = [linear(1), stream()];
  await expect(laziness(model, x, { size: 0 })).rejects.toThrow('laziness() size: received 0');
  await expect(laziness(model, x, { depths: [2] })).rejects.toThrow('laziness() depths');
  await expect(laziness(model, x, { output: 'logits' as 'stream' })).rejects.toThrow('laziness() output');
  x.dispose();
  model.dispose();
});
