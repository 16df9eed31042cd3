import {
  admin,
  constant,
  radam,
  SteadyformerError,
  selectBackend,
  stateDict,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TokenBatch } from '../data/batch';
import { Batches } from '../data/batches';
import { packTokens } from '../data/encodeCorpus';
import { LocalLearner } from './localLearner';
import { NotFiniteUpdate } from './notFiniteUpdate';
import { Trainer } from './trainer';
import { translationLoss } from './translationLoss';

beforeAll(async () => {
  await selectBackend('wasm');
});

const sentences = packTokens(
  Array.from({ length: 24 }, (_, i) => Array.from({ length: 2 + (i % 4) }, () => 4 + (i % 8))),
);

const model = (): Transformer =>
  transformer(
    { vocabulary: 14, padId: 1, width: 16, heads: 2, depth: 1, method: admin(), dropout: { residual: 0.1 } },
    5,
  );

const trainerOf = (
  own: Transformer,
  more: { readonly accumulate: number },
): Trainer<Transformer, TokenBatch> =>
  new Trainer({
    model: own,
    batches: new Batches({ source: sentences, target: sentences }, { maxTokens: 64 }),
    loss: translationLoss(0.1),
    rule: radam(),
    schedule: constant(1e-2),
    ...more,
  });

describe('Trainer', () => {
  it('says what its next update is made of, and changes nothing by it', async () => {
    const [own, twin] = [model(), model()];
    const [trainer, expected] = [trainerOf(own, { accumulate: 2 }), trainerOf(twin, { accumulate: 2 })];
    await trainer.step();
    await expected.step();
    const { update, batches, random, after } = trainer.next();
    expect(trainer.next()).toEqual(trainer.next());
    expect([update, batches.length]).toEqual([2, 2]);
    const learner = new LocalLearner({ model: own, loss: translationLoss(0.1), rule: radam() });
    const { loss, gradientNorm } = await learner.gradient(batches, random);
    await learner.dispose();
    expect(await trainer.step()).toMatchObject({ update: 2, loss, gradientNorm });
    expect((await trainer.state()).position).toEqual(after);
    await expected.step();
    expect(await stateDict(own)).toEqual(await stateDict(twin));
    for (const each of [trainer, expected]) each.dispose();
  });

  it('says by its error which update was not made, and at which rate', async () => {
    const trainer = new Trainer({
      model: model(),
      batches: new Batches({ source: sentences, target: sentences }, { maxTokens: 64 }),
      loss: (own, batch: TokenBatch, context) => {
        const measured = translationLoss(0)(own, batch, context);
        return { ...measured, loss: tf.mul(measured.loss, Number.POSITIVE_INFINITY) };
      },
      rule: radam(),
      schedule: constant(1e-2),
    });
    const error = await trainer.step().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(NotFiniteUpdate);
    expect(error).toBeInstanceOf(SteadyformerError);
    expect(error).toMatchObject({ update: 1, loss: Number.POSITIVE_INFINITY, learningRate: 1e-2 });
    trainer.dispose();
  });
});
