import {
  completeP,
  encoder,
  keel,
  postLN,
  preLN,
  type ResidualMethod,
  randomStream,
  selectBackend,
  softmaxCrossEntropy,
  wiring,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { measureBranches, outputChange, predict, zipfTokens } from '..';
import { alignedChangeAt } from './alignedChange';
import type { StackDescription } from './description';
import { forward } from './forward';

beforeAll(async () => {
  await selectBackend('wasm');
});

const unit = { kind: 'unit' } as const;
const one = { kind: 'one' } as const;

/** Branches of variance 1, each of which moves by C = 1, on a stream of variance `input`. */
const stack = (branches: number, input: number, alpha = 1): StackDescription => ({
  branches: Array.from({ length: branches }, (_, i) => ({
    path: `b.layers.${i}.f`,
    residual: { before: 'layer', shortcutScale: one, branchScale: { kind: 'constant', value: alpha } },
    variance: alpha ** 2,
    change: 1,
  })),
  input: { variance: input },
});
const changes = (description: StackDescription): number[] =>
  alignedChangeAt(forward(description, unit), 0).map(({ change }) => change);

describe('the coherent sum of aligned changes', () => {
  it('is what two branches make by hand', () => {
    // m^2 = K and s^2 = 1 - K of a change of 1 in a stream of variance 2, of which the second branch makes half.
    const K = 2 / Math.PI;
    const [first, second] = changes(stack(2, 1)) as [number, number];
    expect(first).toBeCloseTo(1 / 2, 12);
    const along = (Math.sqrt(K + K / 2) + Math.sqrt(K)) ** 2;
    const signs = 4 * (1 - K);
    const beside = (2 * K * (K / 2) + (K / 2) ** 2) / (K + K / 2);
    expect(second).toBeCloseTo((along + signs + (1 - K) / 2 + beside) / 3, 12);
  });

  it('is |J^T g| along g and as much beside it as singular values scatter, of maps of which there is no shortcut', () => {
    // Each map is handed all of the step of the one before it, and makes 1 + k of its square: k adds up.
    const maps = (n: number): StackDescription => ({
      branches: Array.from({ length: n }, (_, i) => ({
        path: `b.layers.${i}.f`,
        residual: { shortcutScale: { kind: 'constant', value: 0 }, branchScale: one },
        variance: 1,
        change: i === 0 ? 1 : 0,
      })),
    });
    const K = 2 / Math.PI;
    const expected = [1, 2, 3, 4].map((k) => 1 - K + K * k);
    for (const [i, change] of changes(maps(4)).entries()) expect(change).toBeCloseTo(expected[i]!, 12);
  });

  it.each([
    ['behind norms, omega 1', 1, 'after'],
    ['behind norms, omega 2', 2, 'after'],
    ['without norms', 1, 'none'],
  ] as const)('is what random matrices make, %s', (_name, omega, norms) => {
    const [n, draws, branches] = [192, 6, 12];
    const shrink = norms === 'after' ? Math.sqrt(omega ** 2 + 1) : 1;
    let [measured, power] = [0, 1];
    for (let draw = 0; draw < draws; draw++) {
      const random = randomStream(draw);
      const maps = Array.from({ length: branches }, (_, i) => random.fork(i).normal(n * n, 0, n ** -0.5));
      const times = (matrix: Float32Array, x: readonly number[], transposed: boolean): number[] =>
        x.map((_, i) =>
          x.reduce((sum, each, j) => sum + matrix[transposed ? j * n + i : i * n + j]! * each, 0),
        );
      const steps: number[][] = [];
      let gradient: number[] = [...random.fork('gradient').normal(n)];
      for (const matrix of maps.toReversed()) {
        steps.unshift(gradient.map(Math.sign));
        const back = times(matrix, gradient, true);
        gradient = gradient.map((each, i) => (omega * each + back[i]!) / shrink);
      }
      let change = new Array<number>(n).fill(0);
      for (const [k, matrix] of maps.entries()) {
        const made = times(matrix, change, false);
        change = change.map((each, i) => (omega * each + made[i]! + steps[k]![i]!) / shrink);
      }
      measured += change.reduce((sum, each) => sum + each ** 2, 0) / n / draws;
    }
    const description: StackDescription = {
      branches: Array.from({ length: branches }, (_, i) => ({
        path: `b.layers.${i}.f`,
        residual: {
          ...(norms === 'after' ? { after: 'rms' as const } : {}),
          shortcutScale: { kind: 'constant', value: omega },
          branchScale: one,
        },
        // A map of gain 1 without a norm before it has the variance of what it reads.
        variance: norms === 'after' ? 1 : (omega ** 2 + 1) ** i,
        change: norms === 'after' ? 1 : (omega ** 2 + 1) ** -i,
      })),
    };
    if (norms === 'none') power = (omega ** 2 + 1) ** branches;
    expect(measured / power / changes(description).at(-1)!).toBeGreaterThan(0.8);
    expect(measured / power / changes(description).at(-1)!).toBeLessThan(1.25);
  });

  it('grows with N^2 on a stream that branches hardly widen, and not at all where they are divided by N', () => {
    const ratio = (alpha: (n: number) => number): number =>
      changes(stack(64, 1e6, alpha(64))).at(-1)! / changes(stack(16, 1e6, alpha(16))).at(-1)!;
    expect(ratio(() => 1)).toBeCloseTo(16, 1);
    expect(ratio((n) => n ** -0.5)).toBeCloseTo(4, 1);
    expect(ratio((n) => 1 / n)).toBeCloseTo(1, 2);
  });

  it('of branches that each write a stream of their own is that of their sum', () => {
    const n = 12;
    const written = Array.from({ length: n }, (_, i): StackDescription['branches'][number] => {
      const carry = Array.from({ length: i + 2 }, (_, row) =>
        Array.from({ length: i + 1 }, (_, k) => (row === k ? 1 : 0)),
      );
      const write = Array.from({ length: i + 2 }, (_, row) => (row === i + 1 ? 1 : 0));
      const streams = wiring({ read: new Array<number>(i + 1).fill(1), carry, write });
      const { branches } = stack(1, 1);
      return { ...branches[0]!, path: `b.layers.${i}.f`, residual: { ...branches[0]!.residual, streams } };
    });
    const [apart, summed] = [
      changes({ ...stack(1, 1), branches: written, leave: { read: 'sum' } }),
      changes(stack(n, 1)),
    ];
    for (const [i, change] of apart.entries()) expect(change).toBeCloseTo(summed[i]!, 10);
  });

  it('goes the way of the streams', () => {
    const { branches } = stack(1, 1);
    const streams = wiring({ read: [1], carry: [[1], [0]], write: [0, 1] });
    const split = { ...branches[0]!, residual: { ...branches[0]!.residual, streams } };
    // The branch makes a stream of its own, which the sum of both holds beside the input.
    const leaves = (read: 'first' | 'sum') => changes({ ...stack(1, 1), branches: [split], leave: { read } });
    expect(leaves('first')).toEqual([0]);
    expect(leaves('sum')[0]).toBeCloseTo(1 / 2, 12);
  });
});

const V = 100;
const WIDTH = 64;

/** D measured and predicted behind N branches, after one step of size 1e-6 against the gradient's signs. */
const both = async (
  method: ResidualMethod,
  branches: number,
  seed = 1,
): Promise<readonly [number, number]> => {
  const model = encoder({ vocabulary: V, width: WIDTH, heads: 2, depth: branches / 2, method }, seed);
  const ids = zipfTokens({ sentences: 8, length: 16, vocabulary: V, seed });
  const loss = (batch: tf.Tensor2D, context: object): tf.Scalar =>
    tf.tidy(() => {
      const logits = tf.reshape<tf.Rank.R2>(model.logits(model.call(batch, context)), [-1, V]);
      return tf.mean(softmaxCrossEntropy(logits, tf.reshape(batch, [-1]), 0).loss);
    });
  const change = { kind: 'gradient', size: 1e-6, loss } as const;
  const measured = (await outputChange(model, ids, { change, depths: [branches] })).encoder!;
  const { tokens, ...moments } = await measureBranches(model, ids);
  const predicted = await predict(model, {
    ...moments,
    tokens: { ...tokens, sentences: 8 },
    perturbation: { kind: 'aligned', size: 1e-6, embedding: true },
  });
  model.dispose();
  ids.dispose();
  return [measured.at(-1)!.change.mean, predicted.encoder!.outputChange.at(-1)!.change];
};

describe('aligned changes of encoders', () => {
  it.each([
    ['Pre-LN', preLN()],
    ['CompleteP', completeP()],
    ['Keel', keel()],
  ])('of %s have the predicted exponent, and a size of the predicted order', async (_name, method) => {
    const [few, many] = [await both(method, 8), await both(method, 32)];
    const exponent = (k: 0 | 1): number => Math.log(many[k] / few[k]) / Math.log(4);
    expect(Math.abs(exponent(1) - exponent(0))).toBeLessThan(0.4);
    for (const [measured, predicted] of [few, many]) {
      expect(measured / predicted).toBeGreaterThan(0.5);
      expect(measured / predicted).toBeLessThan(2);
    }
  });

  it('of Post-LN have a size of the predicted order, in the mean over networks', async () => {
    const ratios: number[] = [];
    for (const seed of [1, 2, 3]) {
      const [measured, predicted] = await both(postLN(), 32, seed);
      ratios.push(measured / predicted);
    }
    const mean = ratios.reduce((sum, ratio) => sum + ratio) / 3;
    expect(mean).toBeGreaterThan(0.5);
    expect(mean).toBeLessThan(2);
  });
});
