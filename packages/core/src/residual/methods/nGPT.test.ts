import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../testing/backends';
import { maxError, read } from '../../../testing/numbers';
import { assignStarts, nextTokenLoss, numbersOf, startAt, worstError } from '../../../testing/steppedTwin';
import { lossAndGradient } from '../../autodiff/gradients';
import { type LanguageModel, languageModel } from '../../models/languageModel';
import { adam } from '../../optim/adam';
import { Optimizer } from '../../optim/optimizer';
import type { NamedParameter } from '../../state/module';
import { methodTraining } from '../../training/methodTraining';
import { nGPT } from './nGPT';

// Written by fixtures/make_ngpt.py: PyTorch, in the paper's own units.
const fixture = JSON.parse(readFileSync(new URL('../../../fixtures/nGPT.json', import.meta.url), 'utf8')) as {
  readonly ids: number[][];
  readonly shapes: Readonly<Record<string, number[]>>;
  readonly learningRate: number;
  readonly epsilon: number;
  readonly logits: number[];
  readonly losses: number[];
  readonly gradient: number[];
  readonly parameters: number[];
};

/** The parameters that the fixture has: all but biases, in its order. */
const partsOf = (model: LanguageModel): NamedParameter[] => {
  const named = new Map(model.parameters().map((each) => [each.path, each]));
  const missing = [...named.keys()].filter((path) => !(path in fixture.shapes) && !path.endsWith('.bias'));
  expect(missing).toEqual([]);
  return Object.keys(fixture.shapes).map((path) => named.get(path)!);
};

const startOf = (path: string, i: number, number: number): number => {
  const value = startAt(number, i);
  if (path.endsWith('alpha')) return 0.05 * (1 + value);
  if (path === 'decoder.finalNorm.gain') return Math.sqrt(8) * (1 + value);
  return path.endsWith('queryKeyScale.scale') ? 1 + value : value;
};

const modelOf = (): LanguageModel => {
  const model = languageModel({
    ...{ vocabulary: 9, padId: 0, width: 8, heads: 2, feedForward: 6, depth: 2, method: nGPT() },
    ...{ attentionPositions: 'rotary', activation: 'swiglu' },
  });
  assignStarts(partsOf(model), startOf);
  return model;
};

onBackends(() => {
  describe('nGPT', () => {
    it("gives PyTorch's logits, gradient, and parameters after three steps of Adam and normalisation", () => {
      const model = modelOf();
      const parts = partsOf(model);
      const rule = adam({ epsilon: fixture.epsilon, weightDecay: 0.1 });
      const optimizer = new Optimizer(model.parameters(), rule, methodTraining(model, rule));
      optimizer.prepare();
      const ids = tf.tensor2d(fixture.ids, undefined, 'int32');
      const logits = tf.tidy(() => model.call(ids));
      expect(maxError(read(logits), fixture.logits)).toBeLessThan(1e-5);
      const before = numbersOf(parts);
      const losses: number[] = [];
      for (const step of [0, 1, 2]) {
        const { loss, gradient } = lossAndGradient(optimizer.trained, () =>
          nextTokenLoss(model, fixture.ids),
        );
        losses.push(...read(loss));
        if (step === 0) {
          const numbers = read(gradient);
          let from = 0;
          const byPath = Object.fromEntries(
            optimizer.trained.map(({ path, parameter }) => {
              const own = numbers.slice(from, from + parameter.size);
              from += parameter.size;
              return [path, own];
            }),
          );
          const found = parts.flatMap(({ path }) => byPath[path]!);
          expect(worstError(parts, found, fixture.gradient)).toBeLessThan(1e-4);
        }
        optimizer.step(gradient, fixture.learningRate);
        tf.dispose([loss, gradient]);
      }
      expect(maxError(losses, fixture.losses)).toBeLessThan(1e-5);
      expect(worstError(parts, numbersOf(parts), fixture.parameters)).toBeLessThan(1e-4);
      expect(worstError(parts, before, fixture.parameters)).toBeGreaterThan(1e-2);
      for (const { path, parameter } of model.parameters()) {
        if (path.endsWith('.bias')) expect(Math.max(...read(parameter.value).map(Math.abs)), path).toBe(0);
      }
      optimizer.dispose();
      tf.dispose([ids, logits]);
      model.dispose();
    });
  });
});

describe('nGPT', () => {
  it('names wrong options', () => {
    expect(() => nGPT({ initial: 1 })).toThrow('nGPT() initial: received 1, allowed numbers between 0 and 1');
  });
});
