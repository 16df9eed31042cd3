import { adam, constant, randomStream, selectBackend, type Transformer } from '@steadyformer/core';
import { LocalLearner, type TokenBatch, Trainer, translationLoss } from '@steadyformer/translate';
import { betweenRanks, rankLearner } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { ranksTogether, type Told } from '../../packages/translate/testing/ranksTogether';
import { common, largestDifference, modelOf, weights } from './team';

const backend = await selectBackend('onnxruntime').catch((error: Error) => error);
const skipped = backend instanceof Error;

/** A rule whose moments matter; its epsilon, that keys' biases do not wander. */
const rule = adam({ epsilon: 1e-3 });
const loss = translationLoss(0.1);

/** Some updates of so many ranks, each in this thread. */
const trained = async (size: number, told?: Told[]) => {
  const models = Array.from({ length: size }, () => modelOf(0.1));
  const learners = ranksTogether(size, told).map((ranks, i) => {
    const model = models[i]!;
    return rankLearner(new LocalLearner({ model, rule, loss, between: betweenRanks(ranks) }), model, ranks);
  });
  const trainers = learners.map(
    (learner) => new Trainer<Transformer, TokenBatch>({ ...common, schedule: constant(0.01), learner }),
  );
  const losses: unknown[] = [];
  for (let i = 0; i < 4; i++) {
    const all = await Promise.all(trainers.map((each) => each.step()));
    for (const each of all) expect(each).toEqual(all[0]);
    losses.push(all[0]);
  }
  const all = await Promise.all(models.map(weights));
  for (const each of all) expect(each).toEqual(all[0]);
  const state = await Promise.all(learners.map((each) => each.state()));
  for (const each of learners) await each.dispose();
  for (const model of models) model.dispose();
  return { losses, weights: all[0]!, moments: [...state[0]!.m] };
};

describe.skipIf(skipped)('ranks on memory that they are given', () => {
  it.each([2, 3])(
    '%i come to the same bits, whether gradients are sent while others are computed or after them',
    async (size) => {
      const begun = modelOf();
      const before = tf.memory().numTensors;
      const told: Told[] = [];
      const sent = await trained(size, told);
      expect(sent).toEqual(await trained(size));
      expect(largestDifference(sent.weights, await weights(begun))).toBeGreaterThan(1e-3);
      expect(tf.memory().numTensors).toBe(before);
      // Every rank sends its gradients one after another in each of the updates, the last weights first.
      const own = told.filter(({ rank }) => rank === 0);
      expect(own.length % 4).toBe(0);
      const update = own.slice(0, own.length / 4);
      expect(update.length).toBeGreaterThan(20);
      const total = begun.parameters().reduce((sum, { parameter }) => sum + parameter.size, 0);
      expect(update.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(total);
      expect(update[0]!.from).toBeGreaterThan(update.at(-1)!.from);
      begun.dispose();
    },
  );

  it('goes on after a loss that fails on all of them', async () => {
    const told: Told[] = [];
    const models = [modelOf(), modelOf()];
    let failing = false;
    const learners = ranksTogether(2, told).map((ranks, i) => {
      const own: typeof loss = (...args) => {
        if (failing) throw new Error('no loss here');
        return loss(...args);
      };
      return new LocalLearner({ model: models[i]!, rule, loss: own, between: betweenRanks(ranks) });
    });
    const batches = [common.batches.batchAt(0, 0), common.batches.batchAt(0, 1)];
    const gradients = () =>
      Promise.allSettled(learners.map((each) => each.gradient(batches, randomStream(1))));
    const first = await gradients();
    failing = true;
    for (const each of await gradients()) expect(each).toMatchObject({ status: 'rejected' });
    await expect(learners[0]!.step(0.1, 1)).rejects.toThrow('there is no gradient to step with');
    failing = false;
    const again = await gradients();
    expect(again).toEqual(first);
    expect(again[0]).toMatchObject({ status: 'fulfilled' });
    for (const each of learners) await each.dispose();
    for (const model of models) model.dispose();
  });
});
