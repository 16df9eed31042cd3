import {
  adam,
  constant,
  inverseSqrt,
  postLN,
  radam,
  selectBackend,
  stateDict,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TokenBatch } from '../data/batch';
import { Batches } from '../data/batches';
import { packTokens } from '../data/encodeCorpus';
import { checkSettings, differences, toSetting } from '../settings/settings';
import { Trainer, type TrainerOptions } from './trainer';
import type { TrainerState } from './trainerState';
import { translationLoss } from './translationLoss';

beforeAll(async () => {
  await selectBackend('cpu');
});

const sentences = Array.from({ length: 12 }, (_, i) =>
  Array.from({ length: 2 + (i % 3) }, (_, j) => 4 + ((i + j) % 8)),
);
const corpusOf = (lists: number[][]) => ({
  source: packTokens(lists),
  target: packTokens(lists.map((ids) => ids.map((id) => id + 1))),
});
const corpus = corpusOf(sentences);
const modelOf = (dropout = 0.1): Transformer =>
  transformer(
    {
      vocabulary: 14,
      padId: 1,
      width: 8,
      heads: 2,
      depth: 1,
      method: postLN(),
      dropout: { residual: dropout },
    },
    5,
  );

type Options = Partial<TrainerOptions<Transformer, TokenBatch>>;
const trainerOf = (own: Transformer, more: Options = {}): Trainer<Transformer, TokenBatch> =>
  new Trainer({
    model: own,
    batches: new Batches(corpus, { maxTokens: 32 }),
    loss: translationLoss(0.1),
    rule: radam(),
    schedule: inverseSqrt({ peak: 1e-2, warmup: 10 }),
    ...more,
  });

const saved = async (): Promise<TrainerState> => {
  const trainer = trainerOf(modelOf());
  await trainer.step();
  const { optimizer, ...rest } = await trainer.state();
  trainer.dispose();
  return { ...(JSON.parse(JSON.stringify(rest)) as Omit<TrainerState, 'optimizer'>), optimizer };
};

const otherSentences = sentences.map((ids, i) => (i === 7 ? [...ids.slice(0, -1), 12] : ids));

const CHANGES: readonly (readonly [string, Options, string])[] = [
  ['seed', { seed: 2 }, 'seed: saved 1, now 2'],
  ['accumulate', { accumulate: 3 }, 'accumulate: saved 1, now 3'],
  ['clipNorm', { clipNorm: 1 }, 'clipNorm: saved null, now 1'],
  ['schedule', { schedule: constant(1e-2) }, 'schedule.update 1: saved 0.00'],
  ['schedule', { schedule: inverseSqrt({ peak: 1e-2, warmup: 11 }) }, 'schedule.update 1: saved 0.00'],
  ['batches', { batches: new Batches(corpus, { maxTokens: 64 }) }, 'batches.maxTokens: saved 32, now 64'],
  ['batches', { batches: new Batches(corpus, { maxTokens: 32, seed: 9 }) }, 'batches.seed: saved 1, now 9'],
  [
    'batches',
    { batches: new Batches(corpus, { maxTokens: 32, shuffle: false }) },
    'batches.shuffle: saved true',
  ],
  [
    'batches',
    { batches: new Batches(corpusOf(otherSentences), { maxTokens: 32 }) },
    "batches.corpus: saved '",
  ],
  ['rule', { rule: adam() }, "rule.name: saved 'radam', now 'adam'"],
  ['rule', { rule: radam({ beta1: 0.8 }) }, 'rule.options.beta1: saved 0.9, now 0.8'],
  ['smoothing', { loss: translationLoss(0.2) }, 'smoothing: saved 0.1, now 0.2'],
  ['model', { model: modelOf(0.2) }, 'model.dropout.residual: saved 0.1, now 0.2'],
];

describe('Trainer.restore', () => {
  it.each(CHANGES)('refuses another %s', async (name, change, message) => {
    const state = await saved();
    const own = modelOf();
    const trainer = trainerOf(own, change);
    const before = await stateDict(own);
    expect(() => trainer.restore(state)).toThrow(message);
    expect(() => trainer.restore(state)).toThrow(`restore(state, { accept: ['${name}'] })`);
    expect(trainer.updates).toBe(0);
    expect(await stateDict(own)).toEqual(before);
    trainer.restore(state, { accept: [name] });
    expect(trainer.updates).toBe(1);
    const { update, epoch } = await trainer.step();
    expect(update).toBe(2);
    // Batches that are others begin with the next epoch.
    expect(epoch).toBe(name === 'batches' ? 1 : 0);
    trainer.dispose();
  });

  it('takes the same settings, and states of earlier releases', async () => {
    const state = await saved();
    const trainer = trainerOf(modelOf());
    trainer.restore(state);
    trainer.restore({ position: state.position, optimizer: state.optimizer });
    expect(trainer.updates).toBe(1);
    expect(() => trainer.restore({ ...state, position: { epoch: 0, index: -1 } })).toThrow('position.index');
    expect(() => trainer.restore(state, { accept: ['seeds'] })).toThrow(
      "accept: received 'seeds', allowed seed, accumulate, clipNorm, schedule, batches",
    );
    const wrong: object = { acept: [] };
    expect(() => trainer.restore(state, wrong)).toThrow("did you mean 'accept'");
    trainer.dispose();
  });
});

describe('checkSettings', () => {
  it('names at most two differences of a kind, and no megabytes', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, 'x'.repeat(1000)]));
    const failing = () => checkSettings({ many }, { many: {} }, []);
    expect(failing).toThrow('998 more of many');
    expect(failing).toThrow(/^.{1,500}$/u);
  });

  it('accepts one path, or all under it', () => {
    const [a, b] = [
      { x: { y: 1, z: [1] }, w: 1 },
      { x: { y: 2, z: [2] }, w: 1 },
    ];
    expect(differences(a, b).map(({ path }) => path)).toEqual(['x.y', 'x.z']);
    expect(() => checkSettings(a, b, ['x.y'])).toThrow('x.z: saved [1], now [2]');
    expect(checkSettings(a, b, ['x'])).toHaveLength(2);
  });

  it('has words for what JSON has no form for, and no prototype', () => {
    expect(toSetting({ a: Number.POSITIVE_INFINITY, b: undefined, c: () => 1, d: Int32Array.of(1) })).toEqual(
      {
        a: 'Infinity',
        c: 'function',
        d: [1],
      },
    );
    expect(differences({}, JSON.parse('{"toString": 1}'))).toEqual([
      { path: 'toString', saved: undefined, now: 1 },
    ]);
  });
});
