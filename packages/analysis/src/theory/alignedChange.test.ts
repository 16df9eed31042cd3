import {
  completeP,
  encoder,
  keel,
  postLN,
  preLN,
  type ResidualMethod,
  selectBackend,
  softmaxCrossEntropy,
  wiring,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { measureBranches, outputChange, predict, zipfTokens } from '..';
import type { StackDescription } from './description';
import { forward } from './forward';
import { alignedChangeAt } from './outputChange';

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
    // m = 1, then 2; of the change 1 in a stream of variance 2 the second branch makes 1/2 without direction.
    const [first, second] = changes(stack(2, 1)) as [number, number];
    expect(first).toBeCloseTo(1 / 2, 12);
    expect(second).toBeCloseTo((4 + 1 / 2) / 3, 12);
  });

  it('grows with N^2 on a stream that branches hardly widen, and not at all where they are divided by N', () => {
    const ratio = (alpha: (n: number) => number): number =>
      changes(stack(64, 1e6, alpha(64))).at(-1)! / changes(stack(16, 1e6, alpha(16))).at(-1)!;
    expect(ratio(() => 1)).toBeCloseTo(16, 1);
    expect(ratio((n) => n ** -0.5)).toBeCloseTo(4, 1);
    expect(ratio((n) => 1 / n)).toBeCloseTo(1, 2);
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
const both = async (method: ResidualMethod, branches: number): Promise<readonly [number, number]> => {
  const model = encoder({ vocabulary: V, width: WIDTH, heads: 2, depth: branches / 2, method }, 1);
  const ids = zipfTokens({ sentences: 8, length: 16, vocabulary: V, seed: 1 });
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
      expect(measured / predicted).toBeGreaterThan(0.3);
      expect(measured / predicted).toBeLessThan(5);
    }
  });

  it('of Post-LN grow faster than the coherent sum knows', async () => {
    const [few, many] = [await both(postLN(), 8), await both(postLN(), 32)];
    const exponents = [0, 1].map((k) => Math.log(many[k as 0 | 1] / few[k as 0 | 1]) / Math.log(4));
    expect(exponents[0]! - exponents[1]!).toBeGreaterThan(0.3);
  });
});
