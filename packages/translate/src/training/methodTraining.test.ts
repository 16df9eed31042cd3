import {
  adam,
  completeP,
  fromConfig,
  lipschitz,
  loadStateDict,
  methodTraining,
  postLN,
  type ResidualMethod,
  select,
  selectBackend,
  stateDict,
  type Transformer,
} from '@steadyformer/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { modelWith, trainerWith, vocabulary } from '../../testing/smallTrainer';
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint/checkpoint';
import type { TokenBatch } from '../data/batch';
import type { Trainer, TrainerOptions } from './trainer';

// What residual methods say of training, as a trainer does it by itself.

beforeAll(async () => {
  await selectBackend('wasm');
});

const modelOf = modelWith;
const rule = adam({ weightDecay: 0.1, epsilon: 1e-4 });

const trainerOf = (
  model: Transformer,
  more: Partial<TrainerOptions<Transformer, TokenBatch>> = {},
): Trainer<Transformer, TokenBatch> => trainerWith(rule, model, more);

const values = (model: Transformer): number[][] =>
  model.parameters().map(({ parameter }) => Array.from(parameter.value.dataSync()));

/** Losses of so many updates. */
const losses = async (trainer: Trainer<Transformer, TokenBatch>, updates: number): Promise<number[]> => {
  const found: number[] = [];
  for (let i = 0; i < updates; i++) found.push((await trainer.step()).loss);
  return found;
};

/** The same method without what it says of training. */
const silent = ({ training: _, projection: __, ...method }: ResidualMethod): ResidualMethod => method;

describe('a trainer', () => {
  it("uses a method's factors by itself, as the groups that they stand for", async () => {
    const method = completeP({ baseDepth: 2, baseWidth: 4 });
    const [own, plain, by] = [modelOf(method), modelOf(silent(method)), modelOf(silent(method))];
    const trainer = trainerOf(own);
    const without = trainerOf(plain);
    const byHand = trainerOf(by, {
      groups: methodTraining(own, rule).groups.map(({ parameters, ...rest }) => ({
        ...rest,
        parameters: parameters.flatMap(({ path }) => select(by, path)),
      })),
    });
    const found = await losses(trainer, 3);
    expect(found).toEqual(await losses(byHand, 3));
    expect(values(own)).toEqual(values(by));
    const others = await losses(without, 3);
    expect(others[0]).toBe(found[0]);
    expect(others[2]).not.toBe(found[2]);
    const { settings } = await trainer.state();
    expect(JSON.stringify(settings?.groups)).toContain('"rateFactor":0.5');
    for (const each of [trainer, without, byHand]) each.dispose();
  });

  it.each<ResidualMethod>([completeP({ baseWidth: 4 }), lipschitz()])(
    'goes on from a checkpoint to the bit, with $name',
    async (method) => {
      const whole = modelOf(method);
      const trainer = trainerOf(whole);
      await losses(trainer, 2);
      const training = await trainer.state();
      const files = await encodeCheckpoint({
        ...{ config: whole.config, parameters: await stateDict(whole), vocabulary },
        training: { ...training, rule: { name: rule.name, options: rule.options } },
      });
      const expected = await losses(trainer, 2);
      const loaded = await decodeCheckpoint(files);
      const again = fromConfig(loaded.config) as Transformer;
      loadStateDict(again, loaded.parameters);
      const second = trainerOf(again);
      second.restore(loaded.training!);
      expect(await losses(second, 2)).toEqual(expected);
      expect(values(again)).toEqual(values(whole));
      for (const each of [trainer, second]) each.dispose();
    },
  );

  it('brings weights where a method wants them before the first loss, and leaves them where an update is refused', async () => {
    const [own, plain] = [modelOf(lipschitz()), modelOf(silent(lipschitz()))];
    const [first] = await losses(trainerOf(own), 1);
    const [other] = await losses(trainerOf(plain), 1);
    expect(first).not.toBe(other);
    const refused = trainerOf(own, { schedule: () => Number.NaN });
    await expect(refused.step()).rejects.toThrow('learning rate of update 1');
    const before = values(own);
    await expect(refused.step()).rejects.toThrow('learning rate of update 1');
    expect(values(own)).toEqual(before);
  });

  it('has equal losses with methods that say nothing, with and without a look at them', async () => {
    const [own, bare] = [
      modelOf(postLN()),
      modelOf({ ...postLN(), training: () => ({}), projection: () => undefined }),
    ];
    expect(await losses(trainerOf(own), 3)).toEqual(await losses(trainerOf(bare), 3));
  });
});
