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
import { methodTraining } from '../../training/methodTraining';
import type { ResidualMethod } from '../residual';
import { completeP } from './completeP';
import { depthMuP } from './depthMuP';

interface Run {
  readonly losses: number[];
  readonly parameters: number[];
}

// Written by fixtures/make_complete_p.py: PyTorch, in the papers' own units.
const fixture = JSON.parse(
  readFileSync(new URL('../../../fixtures/completeP.json', import.meta.url), 'utf8'),
) as {
  readonly ids: number[][];
  readonly shapes: Readonly<Record<string, number[]>>;
  readonly learningRate: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly completeP: Run & { readonly logits: number[]; readonly gradient: number[] };
  readonly depthMuP: Run;
};
const OPTIONS = { baseDepth: 1, baseWidth: 4 };

/** The fixture's model, at the start that its formula gives. */
const modelOf = (method: ResidualMethod): LanguageModel => {
  const model = languageModel({
    ...{ vocabulary: 11, padId: 0, width: 8, heads: 2, feedForward: 4, depth: 3, method },
    positions: { kind: 'none' },
  });
  const named = model.parameters();
  expect(named.map(({ path, parameter }) => [path, [...parameter.shape]])).toEqual(
    Object.entries(fixture.shapes),
  );
  assignStarts(named, (path, i, number) => startAt(number, i) + (path.endsWith('gain') ? 1 : 0));
  return model;
};

/** Five steps of AdamW; the losses before each. */
const trained = (model: LanguageModel): { losses: number[]; gradient: number[] } => {
  const rule = adam({ epsilon: fixture.epsilon, weightDecay: fixture.weightDecay });
  const optimizer = new Optimizer(model.parameters(), rule, methodTraining(model, rule));
  const losses: number[] = [];
  const gradients: number[][] = [];
  for (const _ of Array(5)) {
    const { loss, gradient } = lossAndGradient(optimizer.trained, () => nextTokenLoss(model, fixture.ids));
    losses.push(...read(loss));
    gradients.push(read(gradient));
    optimizer.step(gradient, fixture.learningRate);
    tf.dispose([loss, gradient]);
  }
  optimizer.dispose();
  return { losses, gradient: gradients[0]! };
};

const worst = (model: LanguageModel, found: readonly number[], expected: readonly number[]): number =>
  // The bias of the keys has no gradient in theory.
  worstError(model.parameters(), found, expected, (path) =>
    path.endsWith('queryKeyValue.bias') ? 0.4 : undefined,
  );

const values = (model: LanguageModel): number[] => numbersOf(model.parameters());

onBackends(() => {
  describe('completeP', () => {
    it("gives PyTorch's logits, gradient, and parameters after five steps of AdamW with the paper's groups", () => {
      const model = modelOf(completeP(OPTIONS));
      const ids = tf.tensor2d(fixture.ids, undefined, 'int32');
      const logits = tf.tidy(() => model.call(ids));
      expect(maxError(read(logits), fixture.completeP.logits)).toBeLessThan(1e-5);
      const before = values(model);
      const { losses, gradient } = trained(model);
      expect(maxError(losses, fixture.completeP.losses)).toBeLessThan(1e-5);
      expect(worst(model, gradient, fixture.completeP.gradient)).toBeLessThan(1e-5);
      expect(worst(model, values(model), fixture.completeP.parameters)).toBeLessThan(1e-5);
      // What moved is far more than the error that is allowed.
      expect(worst(model, before, fixture.completeP.parameters)).toBeGreaterThan(1e-2);
      tf.dispose([ids, logits]);
      model.dispose();
    });
  });

  describe('depthMuP', () => {
    it("gives PyTorch's parameters after five steps of AdamW", () => {
      const model = modelOf(depthMuP(OPTIONS));
      const { losses } = trained(model);
      expect(maxError(losses, fixture.depthMuP.losses)).toBeLessThan(1e-5);
      expect(worst(model, values(model), fixture.depthMuP.parameters)).toBeLessThan(1e-5);
      model.dispose();
    });
  });
});

describe('the factors of completeP and depthMuP', () => {
  it('are all 1 at the base model', () => {
    for (const method of [completeP, depthMuP]) {
      const model = modelOf(method({ baseDepth: 3, baseWidth: 8 }));
      expect(methodTraining(model, adam())).toEqual({ groups: [], projections: [] });
      model.dispose();
    }
  });

  it('need a rule with an epsilon, and whole numbers', async () => {
    const { sgd } = await import('../../optim/sgd');
    const model = modelOf(completeP(OPTIONS));
    expect(() => methodTraining(model, sgd())).toThrow(
      "the method 'completeP' multiplies the epsilon of parameters, which the rule 'sgd' does not have",
    );
    expect(() => completeP({ baseDepth: 0 })).toThrow('completeP() baseDepth: received 0');
    expect(() => depthMuP({ baseWidth: 1.5 })).toThrow('depthMuP() baseWidth: received 1.5');
    expect(() => depthMuP({ base: 2 } as object)).toThrow("unknown option 'base'");
    model.dispose();
  });
});
