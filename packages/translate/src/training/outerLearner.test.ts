import {
  adam,
  type LanguageModel,
  languageModel,
  preLN,
  randomStream,
  sgd,
  stateDict,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { ranksTogether } from '../../testing/ranksTogether';
import { Batches } from '../data/batches';
import { packTokens } from '../data/encodeCorpus';
import { splitBatch } from '../data/splitBatch';
import type { UpdateSums } from './learner';
import { LocalLearner } from './localLearner';
import type { Divergence } from './lossGuard';
import { OuterLearner, type OuterLearnerOptions } from './outerLearner';
import { languageModelLoss } from './translationLoss';

const sentences = packTokens(
  Array.from({ length: 13 }, (_, i) => Array.from({ length: 2 + (i % 4) }, (_, j) => 4 + ((i * 3 + j) % 8))),
);
const source = new Batches({ source: sentences, target: sentences }, { maxTokens: 24 });
const batchOf = (update: number) => source.batchAt(update, 0);
const dropout = { residual: 0.1, attention: 0.1, activation: 0.1 };
const modelOf = (): LanguageModel =>
  languageModel({ vocabulary: 14, padId: 1, width: 4, heads: 1, depth: 1, method: preLN(), dropout }, 5);
const loss = languageModelLoss();
const values = async (model: LanguageModel): Promise<number[]> =>
  Object.values(await stateDict(model)).flatMap(({ data }) => Array.from(data));

const averaging = { every: 1, rate: 1, momentum: 0, precision: 'float32', delay: 0 } as const;

type Team = { readonly learners: OuterLearner[]; readonly models: LanguageModel[] };
const teamOf = (size: number, options: Partial<OuterLearnerOptions>, rule = adam()): Team => {
  const models = Array.from({ length: size }, modelOf);
  const learners = ranksTogether(size).map((ranks, i) => {
    const model = models[i]!;
    const learner = new LocalLearner({ model, loss, rule });
    return new OuterLearner({ learner, model, ranks, ...averaging, ...options });
  });
  return { learners, models };
};
const free = async ({ learners, models }: Team): Promise<void> => {
  for (const learner of learners) await learner.dispose();
  for (const model of models) model.dispose();
};
const random = randomStream(3);
/** Updates `from` up to, not including, `to`; the outer step after the last one too. */
const learn = async ({ learners }: Team, from: number, to: number): Promise<UpdateSums[]> => {
  const last = await Promise.all(
    learners.map(async (learner) => {
      let sums: UpdateSums | undefined;
      for (let update = from; update < to; update++) {
        sums = await learner.gradient([batchOf(update)], random.fork(update));
        await learner.step(0.01, 1);
      }
      await learner.join();
      return sums!;
    }),
  );
  return last;
};
const largest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

describe('OuterLearner', () => {
  it('is synchronous training to the bit where one worker steps at every update, dropout included', async () => {
    const before = tf.memory().numTensors;
    const model = modelOf();
    const alone = new LocalLearner({ model, loss, rule: adam() });
    const team = teamOf(1, {});
    for (let update = 0; update < 4; update++) {
      const sums = await alone.gradient([batchOf(update)], random.fork(update));
      await alone.step(0.01, 1);
      expect(await learn(team, update, update + 1)).toEqual([sums]);
    }
    expect(await values(team.models[0]!)).toEqual(await values(model));
    expect(await team.learners[0]!.state()).toEqual(await alone.state());
    await free(team);
    await alone.dispose();
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes the even mean of what workers come to from their own parts', async () => {
    const before = tf.memory().numTensors;
    const size = 2;
    const team = teamOf(size, { every: 3 });
    const told = await learn(team, 0, 3);
    expect(told.map(({ tokens }) => tokens)).toEqual([batchOf(2).targetTokens, batchOf(2).targetTokens]);
    const each: number[][] = [];
    for (let rank = 0; rank < size; rank++) {
      const model = modelOf();
      const learner = new LocalLearner({ model, loss, rule: adam() });
      for (let update = 0; update < 3; update++) {
        const part = splitBatch(batchOf(update), size)[rank]!;
        await learner.gradient([part], random.fork(update).fork('rank').fork(rank));
        await learner.step(0.01, 1);
      }
      each.push(await values(model));
      await learner.dispose();
      model.dispose();
    }
    const [one, two] = await Promise.all(team.models.map(values));
    expect(two).toEqual(one);
    const mean = each[0]!.map((x, i) => (x + each[1]![i]!) / 2);
    expect(largest(one!, mean)).toBeLessThan(1e-7);
    expect(largest(each[0]!, each[1]!)).toBeGreaterThan(1e-3);
    await free(team);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    { precision: 'float32', delay: 0 },
    { precision: 'float32', delay: 2 },
    { precision: 'int8', delay: 0 },
    { precision: 'int8', delay: 2 },
  ] as const)(
    '$precision, delay $delay: workers are apart until the last step, then alike',
    async (options) => {
      const settles = (update: number): boolean => update === 9;
      const team = teamOf(2, { every: 3, rate: 0.7, momentum: 0.9, settles, ...options });
      await learn(team, 0, 5);
      const [one, two] = await Promise.all(team.models.map(values));
      expect(largest(one!, two!)).toBeGreaterThan(1e-4);
      await learn(team, 5, 9);
      const [first, second] = await Promise.all(team.models.map(values));
      expect(second).toEqual(first);
      const state = await team.learners[0]!.state();
      expect(state.outer).toEqual((await team.learners[1]!.state()).outer);
      const { precision, delay } = options;
      const exact = teamOf(2, { every: 3, rate: 0.7, momentum: 0.9, settles, precision: 'float32', delay });
      await learn(exact, 0, 9);
      const apart = largest(first!, await values(exact.models[0]!));
      const moved = largest(first!, await values(modelOf()));
      expect(apart).toBeLessThan(moved * 0.1);
      if (precision === 'float32') expect(apart).toBe(0);
      else expect(apart).toBeGreaterThan(0);
      await free(team);
      await free(exact);
    },
  );

  it('goes on over a delay from what was learned meanwhile', async () => {
    // One worker whose mean is its own: nothing it does is lost, and nothing added.
    const team = teamOf(1, { every: 3, delay: 2 });
    const plain = teamOf(1, { every: 3 });
    await learn(team, 0, 8);
    await learn(plain, 0, 8);
    expect(await values(team.models[0]!)).toEqual(await values(plain.models[0]!));
    await free(team);
    await free(plain);
  });

  it.each([
    ['sgd, between two workers', 2, sgd()],
    ['adam, alone', 1, adam()],
  ] as const)('goes on to the bit from a state: %s', async (_, size, rule) => {
    const options = { every: 2, rate: 0.7, momentum: 0.9 };
    const whole = teamOf(size, options, rule);
    await learn(whole, 0, 4);
    const state = await whole.learners[0]!.state();
    const saved = await stateDict(whole.models[0]!);
    await learn(whole, 4, 8);
    const second = teamOf(size, options, rule);
    for (const [i, model] of second.models.entries()) {
      for (const { path, parameter } of model.parameters()) {
        const value = tf.tensor(saved[path]!.data, [...parameter.shape]);
        parameter.assign(value);
        value.dispose();
      }
      second.learners[i]!.restore(state);
    }
    await learn(second, 4, 8);
    expect(await values(second.models[0]!)).toEqual(await values(whole.models[0]!));
    expect(() => second.learners[0]!.restore({ ...state, outer: undefined as never })).toThrow(
      /a velocity of no numbers received, allowed \d+/,
    );
    await free(whole);
    await free(second);
  });

  it.each([0, 1])('tells all of a worker whose training has diverged, delay %i', async (delay) => {
    const team = teamOf(3, { every: 3, delay });
    const divergence = { kind: 'notFinite', update: 5, loss: Number.NaN, message: 'no number' } as Divergence;
    const found = await Promise.all(
      team.learners.map(async (learner, rank) => {
        for (let update = 0; update < 9; update++) {
          await learner.gradient([batchOf(update)], random.fork(update));
          if (rank === 1 && update === 4) return { update, told: await learner.join(divergence) };
          await learner.step(0.01, 1);
          const told = await learner.join();
          if (told) return { update, told };
        }
        return undefined;
      }),
    );
    const update = 5 + delay;
    expect(found[1]).toEqual({ update: 4, told: divergence });
    for (const each of [found[0], found[2]])
      expect(each).toEqual({ update, told: { ...divergence, loss: null, message: 'rank 1: no number' } });
    await free(team);
  });

  it.each([0, 2])('stops all after an outer step where one is asked to, delay %i', async (delay) => {
    const stopped: number[] = [];
    const models = [modelOf(), modelOf()];
    const learners = ranksTogether(2).map((ranks, rank) => {
      const learner = new LocalLearner({ model: models[rank]!, loss, rule: sgd() });
      const stop = {
        isAsked: (): boolean => rank === 1 && own.updates >= 2,
        agreed: (): void => {
          stopped[rank] ??= own.updates;
        },
      };
      const own: OuterLearner = new OuterLearner({
        ...{ learner, model: models[rank]!, ranks, stop },
        ...{ ...averaging, every: 3, delay },
      });
      return own;
    });
    await learn({ learners, models }, 0, 6);
    expect(stopped).toEqual(delay === 0 ? [3, 3] : [6, 6]);
    await free({ learners, models });
  });

  it('refuses a state between outer steps, and settings that cannot be', async () => {
    const team = teamOf(1, { every: 3 });
    await learn(team, 0, 2);
    await expect(team.learners[0]!.state()).rejects.toThrow('update 2 is between two outer steps');
    expect(() => teamOf(1, { every: 3, delay: 3 })).toThrow(
      'OuterLearner.delay: received 3, allowed whole numbers below every, 3',
    );
    expect(() => teamOf(1, { every: 0 })).toThrow('OuterLearner every: received 0');
    expect(() => teamOf(1, { precision: 'int4' as never })).toThrow("received 'int4'");
    expect(() => teamOf(1, { momentum: 1 })).toThrow('momentum: received 1, allowed numbers in [0, 1)');
    await free(team);
  });
});
