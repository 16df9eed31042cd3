import {
  adam,
  admin,
  fromConfig,
  loadStateDict,
  MovingAverage,
  type ParameterGroup,
  radam,
  ruleFrom,
  select,
  selectBackend,
  stateDict,
  type Transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { batches, modelWith, trainerWith, vocabulary } from '../../testing/smallTrainer';
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint/checkpoint';
import type { TokenBatch } from '../data/batch';
import { evaluateLoss } from './evaluate';
import type { Trainer, TrainerOptions } from './trainer';
import { translationLoss } from './translationLoss';

// Groups of parameters and the moving average of the weights, as a trainer passes them on and saves them.

beforeAll(async () => {
  await selectBackend('cpu');
});

const modelOf = (): Transformer => modelWith(admin());
const rule = adam({ weightDecay: 0.1 });

const trainerOf = (
  model: Transformer,
  more: Partial<TrainerOptions<Transformer, TokenBatch>> = {},
): Trainer<Transformer, TokenBatch> => trainerWith(rule, model, more);

const values = (model: Transformer, pattern = '**'): number[][] =>
  select(model, pattern).map(({ parameter }) => Array.from(parameter.value.dataSync()));

const groupsOf = (model: Transformer): ParameterGroup[] => [
  { parameters: select(model, 'encoder.layers'), frozen: true },
  { parameters: select(model, 'decoder.layers', { except: '**.omega' }), rateFactor: 0.5 },
];

describe('a trainer with groups', () => {
  it('keeps what is frozen to the bit, and out of the norm that clipping looks at', async () => {
    const [own, plain] = [modelOf(), modelOf()];
    const before = values(own, 'encoder.layers');
    const trainer = trainerOf(own, { groups: groupsOf(own), clipNorm: 0.5 });
    const whole = trainerOf(plain);
    const [some, all] = [await trainer.step(), await whole.step()];
    expect(some.loss).toBe(all.loss);
    expect(some.gradientNorm).toBeLessThan(0.999 * all.gradientNorm);
    await trainer.step();
    expect(values(own, 'encoder.layers')).toEqual(before);
    expect(values(own, 'decoder.layers')).not.toEqual(values(modelOf(), 'decoder.layers'));
    for (const each of [trainer, whole]) each.dispose();
  });

  it('goes on only with the same groups, or with those that are accepted', async () => {
    const own = modelOf();
    const trainer = trainerOf(own, { groups: groupsOf(own) });
    await trainer.step();
    const state = await trainer.state();
    const again = modelOf();
    const other = trainerOf(again);
    expect(() => other.restore(state)).toThrow('groups: saved [{"frozen":true,');
    expect(other.updates).toBe(0);
    other.restore(state, { accept: ['groups'] });
    expect(other.updates).toBe(1);
    const same = trainerOf(again, { groups: groupsOf(again) });
    same.restore(state);
    // A run that decayed everything, as every run with weight decay did before there were groups.
    const { groups: _, ...settings } = state.settings!;
    const old = { ...state, settings };
    expect(() => trainerOf(modelOf()).restore(old)).toThrow('groups: saved none, now [{"weightDecay":0,');
    const everything = modelOf();
    trainerOf(everything, {
      groups: [{ parameters: everything.parameters(), weightDecay: 0.1 }],
    }).restore(old);
    trainerOf(modelOf(), { rule: radam() }).restore(old, { accept: ['rule'] });
  });
});

describe('a trainer with a moving average', () => {
  it('goes on from a checkpoint as it would have, the average included', async () => {
    const run = (model: Transformer) => {
      const average = new MovingAverage(model.parameters(), { decay: 0.9 });
      return { average, trainer: trainerOf(model, { average, groups: groupsOf(model) }) };
    };
    const whole = run(modelOf());
    const reports = [];
    for (let i = 0; i < 6; i++) reports.push(await whole.trainer.step());

    const half = modelOf();
    const first = run(half);
    for (let i = 0; i < 3; i++) await first.trainer.step();
    const checkpoint = {
      config: half.config,
      parameters: await stateDict(half),
      vocabulary,
      training: { ...(await first.trainer.state()), rule: { name: rule.name, options: rule.options } },
    };
    const loaded = await decodeCheckpoint(await encodeCheckpoint(checkpoint));
    expect(loaded.training!.average).toEqual(checkpoint.training.average);
    expect(loaded.training!.average!.updates).toBe(3);

    const model = fromConfig(loaded.config) as Transformer;
    loadStateDict(model, loaded.parameters);
    const second = run(model);
    expect(ruleFrom(loaded.training!.rule).options).toEqual(rule.options);
    second.trainer.restore(loaded.training!);
    for (let i = 3; i < 6; i++) expect(await second.trainer.step()).toEqual(reports[i]);
    expect(await second.average.state()).toEqual(await whole.average.state());

    // The averages, in the place of the weights, are another model; afterwards nothing has happened.
    const before = values(model);
    const loss = async (): Promise<number> =>
      (await evaluateLoss(model, [batches.batchAt(0, 0)], translationLoss(0))).loss;
    expect(await second.average.use(loss)).not.toBe(await loss());
    expect(values(model)).toEqual(before);

    expect(() => trainerOf(model).restore(loaded.training!, { accept: ['groups'] })).toThrow(
      'average: saved {"decay":0.9,"warmup":true}, now none',
    );
    trainerOf(model).restore(loaded.training!, { accept: ['average', 'groups'] });
  });

  it('refuses to step while the averages are in the place of the weights, and odd states, changing nothing', async () => {
    const model = modelOf();
    const average = new MovingAverage(model.parameters());
    const trainer = trainerOf(model, { average });
    await trainer.step();
    const before = values(model);
    await average.use(async () => {
      await expect(trainer.step()).rejects.toThrow('step after average.use() has ended');
    });
    expect(values(model)).toEqual(before);
    expect([trainer.updates, average.updates]).toEqual([1, 1]);
    const state = await trainer.state();
    const damaged = { ...state, average: { updates: 1, values: new Float32Array(3) } };
    expect(() => trainer.restore({ ...damaged, optimizer: { ...state.optimizer, updates: 9 } })).toThrow(
      'MovingAverage.restore: state of 3 numbers received',
    );
    expect(trainer.updates).toBe(1);
    expect(() => trainerOf(model, { average: { decay: 0.9 } as never })).toThrow(
      'Trainer average: received {"decay":0.9}, allowed a MovingAverage, such as new MovingAverage(model.parameters())',
    );
    const tensors = tf.memory().numTensors;
    await trainer.step();
    expect(tf.memory().numTensors).toBe(tensors);
    trainer.dispose();
    average.dispose();
  });
});
