import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { largest, maxError, read } from '../../testing/numbers';
import { lossAndGradient, unflatten } from '../autodiff/gradients';
import { softmaxCrossEntropy } from '../ops/softmaxCrossEntropy';
import { adam } from '../optim/adam';
import { Optimizer } from '../optim/optimizer';
import { radam } from '../optim/radam';
import { admin } from '../residual/methods/admin';
import { deepNorm } from '../residual/methods/deepNorm';
import { postLN } from '../residual/methods/postLN';
import { preLN } from '../residual/methods/preLN';
import type { NamedParameter } from '../state/module';
import { loadStateDict, type StateDict } from '../state/parameters';
import { decodeSafetensors } from '../state/safetensors';
import { type Transformer, transformer } from './transformer';

// Written by fixtures/make_twin.py: PyTorch in the conventions of the paper's code.
const file = (name: string): Buffer => readFileSync(new URL(`../../fixtures/twin/${name}`, import.meta.url));
const tensors = (name: string): StateDict => decodeSafetensors(file(`${name}.safetensors`)).tensors;

interface Run {
  readonly loss: number;
  readonly adam: number[];
  readonly radamMomentum: number[];
  readonly radamSkip: number[];
}

const twin = JSON.parse(file('twin.json').toString()) as {
  readonly config: { vocabulary: number; padId: number; width: number; heads: number; feedForward: number };
  readonly smoothing: number;
  readonly learningRate: number;
  readonly batch: { readonly source: number[][]; readonly target: number[][]; readonly labels: number[][] };
  readonly runs: Readonly<Record<string, Run>>;
};

const variants: Record<string, Parameters<typeof transformer>[0]['method']> = {
  postLN: postLN(),
  preLN: preLN(),
  admin: admin(),
  hybrid: { encoder: postLN(), decoder: preLN() },
  deepNorm: deepNorm(),
};

const startsWith = (prefix: string, state: StateDict): StateDict =>
  Object.fromEntries(
    Object.entries(state)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );

const build = (variant: string): Transformer => {
  const model = transformer({ ...twin.config, depth: 2, method: variants[variant]! });
  loadStateDict(model, { ...tensors('shared'), ...startsWith('weight:', tensors(variant)) });
  return model;
};

const ids = (rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, [rows.length, rows[0]!.length], 'int32');

/** The smoothed loss, averaged over the real target tokens. */
const lossOf = (model: Transformer): tf.Scalar =>
  tf.tidy(() => {
    const { source, target, labels } = twin.batch;
    const logits = model.call({ source: ids(source), target: ids(target) }, { training: true });
    const flat = tf.tensor1d(labels.flat(), 'int32');
    const rows = tf.reshape<tf.Rank.R2>(logits, [flat.size, twin.config.vocabulary]);
    const real = tf.cast(tf.notEqual(flat, twin.config.padId), 'float32');
    const { loss } = softmaxCrossEntropy(rows, flat, twin.smoothing);
    return tf.div<tf.Scalar>(tf.sum(tf.mul(loss, real)), tf.sum(real));
  });

/** The biases of key projections: their gradient is zero in theory, so rounding is all there is to compare. */
const keyBias = (path: string): { readonly from: number; readonly to: number } | undefined => {
  const { width } = twin.config;
  if (path.endsWith('queryKeyValue.bias')) return { from: width, to: 2 * width };
  return path.endsWith('keyValue.bias') ? { from: 0, to: width } : undefined;
};

const without = (numbers: number[], { from, to }: { from: number; to: number }): number[] =>
  numbers.filter((_, i) => i < from || i >= to);

/** The largest gradient of the branch a parameter belongs to. */
const branchScale = (path: string, gradients: Map<string, number[]>): number => {
  const branch = path.slice(0, path.lastIndexOf('.branch.'));
  return Math.max(...[...gradients].filter(([p]) => p.startsWith(branch)).map(([, g]) => largest(g)));
};

const gradientErrors = (found: Map<string, number[]>, expected: Map<string, number[]>) =>
  [...found].flatMap(([path, gradient]) => {
    const reference = expected.get(path)!;
    const keys = keyBias(path);
    if (!keys) return [{ path, error: maxError(gradient, reference) }];
    const part = (numbers: number[]): number[] => numbers.slice(keys.from, keys.to);
    const scale = branchScale(path, expected);
    return [
      { path, error: maxError(without(gradient, keys), without(reference, keys)) },
      { path: `${path} of keys`, error: maxError(part(gradient), part(reference), scale) },
    ];
  });

const gradients = (parameters: readonly NamedParameter[], flat: tf.Tensor1D): Map<string, number[]> => {
  const parts = unflatten(
    flat,
    parameters.map(({ parameter }) => parameter.shape),
  );
  const found = new Map(parts.map((part, i) => [parameters[i]!.path, read(part)]));
  tf.dispose(parts);
  return found;
};

onBackends(() => {
  describe.each(Object.keys(variants))('PyTorch twin of %s', (variant) => {
    const run = twin.runs[variant]!;
    const reference = tensors(variant);

    it('has the same logits, loss and gradients', () => {
      const model = build(variant);
      const parameters = model.parameters();
      const { source, target } = twin.batch;
      const logits = tf.tidy(() => model.call({ source: ids(source), target: ids(target) }));
      expect(maxError(read(logits), reference.logits!.data)).toBeLessThan(1e-5);
      const { loss, gradient } = lossAndGradient(parameters, () => lossOf(model));
      expect(Math.abs(read(loss)[0]! - run.loss) / run.loss).toBeLessThan(1e-5);
      const expected = new Map(
        Object.entries(startsWith('gradient:', reference)).map(([path, { data }]) => [
          path,
          Array.from(data),
        ]),
      );
      const found = gradients(parameters, gradient);
      expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
      const wrong = gradientErrors(found, expected).filter(({ error }) => !(error < 1e-5));
      expect(wrong).toEqual([]);
      tf.dispose([logits, loss, gradient]);
      model.dispose();
    });

    it.each([
      ['adam', adam()],
      // Other rules are compared in optim/rules.test.ts; one model is enough here.
      ...(variant === 'admin'
        ? ([
            ['radamSkip', radam()],
            ['radamMomentum', radam({ warmStart: 'momentum' })],
          ] as const)
        : []),
    ] as const)('has the same losses over 20 steps of %s', (name, rule) => {
      const model = build(variant);
      const parameters = model.parameters();
      const optimizer = new Optimizer(parameters, rule);
      const losses = run[name].map(() => {
        const { loss, gradient } = lossAndGradient(parameters, () => lossOf(model));
        optimizer.step(gradient, twin.learningRate);
        const value = read(loss)[0]!;
        tf.dispose([loss, gradient]);
        return value;
      });
      expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.3);
      expect(maxError(losses, run[name], 1)).toBeLessThan(1e-4);
      optimizer.dispose();
      model.dispose();
    });
  });
});
