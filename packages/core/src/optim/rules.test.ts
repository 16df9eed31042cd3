import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { maxError, read } from '../../testing/numbers';
import { vectorParameter } from '../state/module';
import { adam } from './adam';
import { Optimizer } from './optimizer';
import { radam } from './radam';
import type { UpdateRule } from './rule';
import { sgd } from './sgd';

// Written by fixtures/make_optim.py: torch.optim, and the RAdam of its authors' own package.
const reference = JSON.parse(readFileSync(new URL('../../fixtures/optim.json', import.meta.url), 'utf8')) as {
  readonly learningRate: number;
  readonly start: number[];
  readonly gradients: number[][];
  /** Parameters after each step. */
  readonly rules: Readonly<Record<string, number[][]>>;
};

const rules: Record<string, UpdateRule> = {
  adam: adam(),
  adamw: adam({ weightDecay: 0.1 }),
  'radam-momentum': radam({ warmStart: 'momentum' }),
  'radam-momentum-decay': radam({ warmStart: 'momentum', weightDecay: 0.1 }),
  'radam-skip': radam(),
  'radam-skip-decay': radam({ weightDecay: 0.1 }),
  sgd: sgd(),
  'sgd-momentum': sgd({ momentum: 0.9 }),
};

/** Parameters after each step of our optimizer; the gradient comes multiplied, which gradientScale undoes. */
const run = (rule: UpdateRule, multiplied = 1): number[][] => {
  const parameter = vectorParameter(Float32Array.from(reference.start));
  const parameters = [{ path: 'p', parameter }];
  // The references decay whatever they are given, vectors too.
  const { weightDecay } = rule.options as { weightDecay: number };
  const optimizer = new Optimizer(parameters, rule, { groups: [{ parameters, weightDecay }] });
  const after = reference.gradients.map((numbers) => {
    const gradient = tf.tensor1d(numbers.map((g) => g * multiplied));
    optimizer.step(gradient, reference.learningRate, 1 / multiplied);
    gradient.dispose();
    return read(parameter.value);
  });
  optimizer.dispose();
  parameter.dispose();
  return after;
};

onBackends(() => {
  describe.each(Object.keys(rules))('%s over 20 steps on given gradients', (name) => {
    const expected = reference.rules[name]!;

    it('equals the reference, and moves', () => {
      const found = run(rules[name]!);
      expect(found.length).toBe(20);
      for (const [step, values] of found.entries()) {
        expect(maxError(values, expected[step]!), `step ${step + 1}`).toBeLessThan(1e-6);
      }
      expect(maxError(found.at(-1)!, reference.start)).toBeGreaterThan(1e-2);
    });

    it('undoes a scale of the gradient', () => {
      expect(maxError(run(rules[name]!, 4).at(-1)!, expected.at(-1)!)).toBeLessThan(1e-6);
    });
  });

  it('RAdam as the authors have it does not move before the sixth update; as PyTorch has it, it does', () => {
    const start = Array.from(Float32Array.from(reference.start));
    for (const weightDecay of [0, 0.1]) {
      const skip = run(radam({ weightDecay }));
      for (const values of skip.slice(0, 5)) expect(values).toEqual(start);
      expect(skip[5]).not.toEqual(start);
    }
    expect(run(radam({ warmStart: 'momentum' }))[0]).not.toEqual(start);
  });

  it('what a rule switches off does not reach the weights, whatever it holds', () => {
    const parameter = vectorParameter(Float32Array.of(1, 2));
    // RAdam takes no step yet; SGD has no second moment, which here overflows.
    for (const [rule, expected] of [
      [radam(), [1, 2]],
      [sgd({ momentum: 0 }), [1, 1.5]],
    ] as const) {
      parameter.assign(tf.tensor1d([1, 2]));
      const optimizer = new Optimizer([{ path: 'p', parameter }], rule);
      optimizer.step(tf.tensor1d([0, rule.name === 'radam' ? Number.POSITIVE_INFINITY : 1e20]), 0);
      expect(read(parameter.value)).toEqual([1, 2]);
      optimizer.step(tf.tensor1d([0, 1]), 0.5);
      expect(read(parameter.value)).toEqual(expected);
      if (rule.name === 'sgd') expect(read((optimizer as unknown as { v: tf.Tensor }).v)).toEqual([0, 1]);
      optimizer.dispose();
    }
    parameter.dispose();
  });
});
