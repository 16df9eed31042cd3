import {
  adam,
  admin,
  nGPT,
  type ParameterGroup,
  randomStream,
  select,
  stateDict,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { ranksTogether } from '../../testing/ranksTogether';
import type { TokenBatch } from '../data/batch';
import { Batches } from '../data/batches';
import { packTokens } from '../data/encodeCorpus';
import { betweenRanks } from './betweenRanks';
import type { Learner } from './learner';
import { LocalLearner, type SummedGradient } from './localLearner';
import { rankLearner } from './rankLearner';
import { translationLoss } from './translationLoss';

const sentences = packTokens(
  Array.from({ length: 13 }, (_, i) => Array.from({ length: 2 + (i % 4) }, (_, j) => 4 + ((i * 3 + j) % 8))),
);
const source = new Batches({ source: sentences, target: sentences }, { maxTokens: 40 });
const batches = [source.batchAt(0, 0), source.batchAt(0, 1)];
const loss = translationLoss(0.1);

/** Methods that train parameters in ways of their own: factors of rates, and projections of whole matrices. */
const METHODS = { admin: admin(), nGPT: nGPT() } as const;
const modelOf = (method: keyof typeof METHODS): Transformer =>
  transformer({ vocabulary: 14, padId: 1, width: 8, heads: 2, depth: 1, method: METHODS[method] }, 5);

const groupsOf = (model: Transformer): readonly ParameterGroup[] => [
  { parameters: select(model, '**.feedForward.**'), rateFactor: 0.5, weightDecay: 0.1 },
  { parameters: select(model, 'encoder.layers.0.selfAttention.**'), frozen: true },
];

/** Adam divides by the root of what is zero in theory: keys' biases say nothing. */
const values = async (model: Transformer): Promise<Record<string, number[]>> =>
  Object.fromEntries(
    Object.entries(await stateDict(model))
      .filter(([path]) => !/(queryKeyValue|keyValue)\.bias$/u.test(path))
      .map(([path, { data }]) => [path, Array.from(data)]),
  );

/** Largest difference on the scale of each parameter. */
const difference = (a: Record<string, number[]>, b: Record<string, number[]>): number =>
  Math.max(
    ...Object.entries(a).map(([path, own]) => {
      const scale = Math.max(...own.map(Math.abs), 1e-2);
      return Math.max(...own.map((x, i) => Math.abs(x - b[path]![i]!))) / scale;
    }),
  );

const rule = () => adam({ weightDecay: 0.01, epsilon: 1e-4 });
const update = async (all: readonly Learner<TokenBatch>[], i: number): Promise<void> => {
  await Promise.all(all.map((each) => each.gradient(batches, randomStream(i))));
  await Promise.all(all.map((each) => each.step(0.01, 0.5)));
};

it.each([
  ['admin', 2],
  ['admin', 4],
  ['nGPT', 2],
  ['nGPT', 4],
] as const)(
  '%s: %i ranks with a shard each come to what one learner does, also from its state',
  async (method, size) => {
    const before = tf.memory().numTensors;
    const optionsOf = (model: Transformer) => ({ model, loss, rule: rule(), groups: groupsOf(model) });
    const one = modelOf(method);
    const alone = new LocalLearner(optionsOf(one));
    const teamOf = (count: number) => {
      const models = Array.from({ length: count }, () => modelOf(method));
      const learners = ranksTogether(count).map((ranks, i) => {
        const model = models[i]!;
        return rankLearner(
          new LocalLearner({ ...optionsOf(model), between: betweenRanks(ranks) }),
          model,
          ranks,
        );
      });
      return { models, learners };
    };
    const [first, second] = [teamOf(size), teamOf(size === 2 ? 3 : 2)];
    for (let i = 0; i < 3; i++) {
      await update([alone], i);
      await update(first.learners, i);
    }
    const expected = await values(one);
    const found = await Promise.all(first.models.map(values));
    for (const each of found) expect(each).toEqual(found[0]);
    expect(difference(expected, found[0]!)).toBeLessThan(1e-5);
    const begun = modelOf(method);
    expect(difference(expected, await values(begun))).toBeGreaterThan(1e-2);

    // All moments, on every rank; another number of ranks goes on from them.
    const whole = await alone.state();
    const states = await Promise.all(first.learners.map((each) => each.state()));
    for (const state of states) {
      expect(state.updates).toBe(3);
      expect(state.m).toEqual(states[0]!.m);
      expect(state.v).toEqual(states[0]!.v);
    }
    const scale = Math.max(...whole.m.map(Math.abs));
    expect(scale).toBeGreaterThan(0);
    expect(Math.max(...whole.m.map((x, i) => Math.abs(x - states[0]!.m[i]!)))).toBeLessThan(1e-5 * scale);
    for (const model of second.models) {
      for (const [i, { parameter }] of model.parameters().entries()) {
        parameter.assign(first.models[0]!.parameters()[i]!.parameter.value);
      }
    }
    for (const each of second.learners) each.restore(states[0]!);
    await update([alone], 3);
    await update(second.learners, 3);
    expect(difference(await values(one), await values(second.models[1]!))).toBeLessThan(1e-5);

    for (const each of [alone, ...first.learners, ...second.learners]) await each.dispose();
    for (const model of [one, begun, ...first.models, ...second.models]) model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  },
);

it('marks the weights where those of the others cannot be had', async () => {
  const model = modelOf('admin');
  const [ranks] = ranksTogether(1) as [ReturnType<typeof ranksTogether>[number]];
  const gather = (): Promise<never> => Promise.reject(new Error('rank 1 has ended'));
  const learner = new LocalLearner({
    model,
    loss,
    rule: rule(),
    between: { ...betweenRanks(ranks), gather },
  });
  await learner.gradient(batches, randomStream(1));
  await expect(learner.step(0.1, 1)).rejects.toThrow(
    'update 1 was left half done: rank 1 has ended. Load a state',
  );
  expect(() => model.parameters()[0]!.parameter.value).toThrow('left half done');
  await learner.dispose();
  model.dispose();
});

it('takes one seam at a time', () => {
  const model = modelOf('admin');
  const [ranks] = ranksTogether(1) as [ReturnType<typeof ranksTogether>[number]];
  const both = { between: betweenRanks(ranks), reduceGradients: async (own: SummedGradient) => own };
  expect(() => new LocalLearner({ model, loss, rule: rule(), ...both })).toThrow(
    "LocalLearner: 'reduceGradients' has no effect beside between. Leave it out.",
  );
  model.dispose();
});
