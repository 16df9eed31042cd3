import { describe, expect, it } from 'vitest';
import { plannedDisk, plannedMemory, plannedTraining } from './estimate';
import { runConfig } from './runConfig';

const config = (changes: object = {}) =>
  runConfig({ data: { train: { source: 'a', target: 'b' } }, ...changes });
const updatesOf = (training: object, batches: number) =>
  plannedTraining(config({ training }), { batches, targetTokens: 100 * batches }).updates;

describe('updates', () => {
  it.each([
    // The update at work when an epoch ends is made whole: 3 epochs of 10 batches are 30, in sevens 5 updates.
    [{ updates: 100, epochs: 3, accumulate: 7 }, 10, 5],
    [{ updates: 4, epochs: 3, accumulate: 7 }, 10, 4],
    [{ updates: 100, epochs: 3 }, 10, 30],
    [{ updates: 100 }, 10, 100],
  ])('of %j with %d batches an epoch are %d', (training, batches, updates) => {
    expect(updatesOf(training, batches)).toBe(updates);
  });

  it('come with epochs and tokens where an epoch is known', () => {
    const training = config({ training: { updates: 100, accumulate: 4 } });
    expect(plannedTraining(training, { batches: 50, targetTokens: 60_000 })).toMatchObject({
      epochs: 8,
      updatesAnEpoch: 12.5,
      tokensAnUpdate: 4800,
    });
    expect(Object.keys(plannedTraining(training))).toEqual(['updates', 'rates']);
  });

  it.each<[object, number, readonly (readonly [number, number])[]]>([
    [
      { peak: 1e-3, schedule: { name: 'inverseSqrt', warmup: 4, start: 0 } },
      16,
      [
        [1, 2.5e-4],
        [4, 1e-3],
        [16, 5e-4],
      ],
    ],
    [
      { peak: 1e-3, schedule: { name: 'constant', value: 1 } },
      16,
      [
        [1, 1e-3],
        [16, 1e-3],
      ],
    ],
    [
      { peak: 1e-3, schedule: { name: 'inverseSqrt', warmup: 32, start: 0 } },
      16,
      [
        [1, 1e-3 / 32],
        [16, 5e-4],
      ],
    ],
    [
      {
        peak: 2,
        schedule: [
          { name: 'linearWarmup', updates: 4 },
          { name: 'rsqrtDecay', warmup: 4 },
        ],
      },
      16,
      [
        [1, 0.25],
        [4, 1],
        [16, 0.5],
      ],
    ],
    [{ peak: 1e-3, schedule: { name: 'constant', value: 1 } }, 1, [[1, 1e-3]]],
  ])('with %j have the rates of the first, the warm-up and the last', (optimizer, updates, expected) => {
    const { rates } = plannedTraining(config({ optimizer, training: { updates } }));
    expect(rates.map(({ update }) => update)).toEqual(expected.map(([update]) => update));
    for (const [i, [, rate]] of expected.entries()) expect(rates[i]!.rate / rate).toBeCloseTo(1, 12);
  });
});

describe('bytes', () => {
  // 1000 parameters, 600 of them trained.
  const sizes = { parameters: 1000, trained: 600, bytes: 4000, trainingBytes: 4000 + 7200 };

  it('of memory: gradient and two moments of what is trained, and the average of all', () => {
    expect(plannedMemory(config(), sizes)).toEqual({ parameters: 4000, optimizer: 7200 });
    expect(plannedMemory(config({ average: { decay: 0.9 } }), sizes, 1e6)).toEqual({
      parameters: 4000,
      optimizer: 11_200,
      peak: 1e6,
    });
  });

  it.each([
    // The newest, the best, and one being written: and the model.
    [{}, 1000, 12_000, 4],
    [{ checkpoints: { keep: 10 }, average: { last: 10 } }, 10_000, 12_000, 12],
    // Not more than are made: after 500 and 1000 updates, and with each validation, every 400, and at the end.
    [{ checkpoints: { keep: 100 }, validation: { every: 400 } }, 1000, 12_000, 7],
    [{ average: { decay: 0.9 } }, 1000, 16_000, 4],
    [{ checkpoints: { keep: 2, keepEvery: 300 } }, 1000, 12_000, 7],
  ])('on disk with %j', (changes, updates, checkpoint, checkpoints) => {
    expect(plannedDisk(config(changes), sizes, updates)).toEqual({
      checkpoint,
      checkpoints,
      total: checkpoint * checkpoints + 4000,
    });
  });
});
