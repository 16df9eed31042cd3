import { adam, preLN, randomStream, sgd, stateDict, type Transformer, transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { ranksTogether } from '../../testing/ranksTogether';
import { Batches } from '../data/batches';
import { packTokens } from '../data/encodeCorpus';
import { betweenRanks } from './betweenRanks';
import { LocalLearner } from './localLearner';
import { rankLearner } from './rankLearner';
import { translationLoss } from './translationLoss';

const sentences = packTokens(
  Array.from({ length: 13 }, (_, i) => Array.from({ length: 2 + (i % 4) }, (_, j) => 4 + ((i * 3 + j) % 8))),
);
const source = new Batches({ source: sentences, target: sentences }, { maxTokens: 40 });
const batches = [source.batchAt(0, 0), source.batchAt(0, 1)];
const modelOf = (): Transformer =>
  transformer({ vocabulary: 14, padId: 1, width: 8, heads: 2, depth: 1, method: preLN() }, 5);
const loss = translationLoss(0.1);
const values = async (model: Transformer): Promise<number[]> =>
  Object.values(await stateDict(model)).flatMap(({ data }) => Array.from(data));

it.each([2, 4, 12])(
  '%i ranks learn as one does from the whole batch, to the same bits again',
  async (size) => {
    const before = tf.memory().numTensors;
    const one = modelOf();
    const alone = new LocalLearner({ model: one, loss, rule: sgd() });
    const team = async (): Promise<{ all: number[][]; sums: unknown[] }> => {
      const models = Array.from({ length: size }, modelOf);
      const learners = ranksTogether(size).map((ranks, i) => {
        const model = models[i]!;
        const own = new LocalLearner({ model, loss, rule: sgd(), between: betweenRanks(ranks) });
        return rankLearner(own, model, ranks);
      });
      const sums = await Promise.all(learners.map((each) => each.gradient(batches, randomStream(1))));
      await Promise.all(learners.map((each) => each.step(0.1, 1)));
      const all = await Promise.all(models.map(values));
      for (const learner of learners) await learner.dispose();
      for (const model of models) model.dispose();
      return { all, sums };
    };
    const expected = await alone.gradient(batches, randomStream(1));
    await alone.step(0.1, 1);
    const { all, sums } = await team();
    for (const own of all) expect(own).toEqual(all[0]);
    for (const own of sums) expect(own).toEqual(sums[0]);
    const told = sums[0] as typeof expected;
    expect(told.tokens).toBe(expected.tokens);
    expect(Math.abs(told.loss / expected.loss - 1)).toBeLessThan(1e-5);
    expect(Math.abs(told.nll / expected.nll - 1)).toBeLessThan(1e-5);
    expect(Math.abs(told.gradientNorm / expected.gradientNorm - 1)).toBeLessThan(1e-5);
    const whole = await values(one);
    expect(Math.max(...whole.map((x, i) => Math.abs(x - all[0]![i]!)))).toBeLessThan(1e-5);
    const [begun] = [modelOf()];
    const start = await values(begun);
    expect(Math.max(...whole.map((x, i) => Math.abs(x - start[i]!)))).toBeGreaterThan(1e-3);
    expect((await team()).all).toEqual(all);
    await alone.dispose();
    one.dispose();
    begun.dispose();
    expect(tf.memory().numTensors).toBe(before);
  },
);

it('tells the state and settings of its learner, and goes on from them', async () => {
  const [ranks] = ranksTogether(1);
  const model = modelOf();
  const own = new LocalLearner({ model, loss, rule: adam(), between: betweenRanks(ranks!) });
  const learner = rankLearner(own, model, ranks!);
  await learner.gradient(batches, randomStream(1));
  learner.discard();
  expect(learner.settings).toEqual(own.settings);
  expect(learner.updates).toBe(0);
  learner.restore(await learner.state());
  await learner.dispose();
  model.dispose();
});
