import { preLN, type StateDict, stateDict, transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { trainBpe } from '../subwords/trainBpe';
import { averageCheckpoints } from './averageCheckpoints';
import type { Checkpoint } from './checkpoint';

const vocabulary = trainBpe(['a small test', 'ein kleiner Test'], { merges: 20 });
const sizes = { vocabulary: vocabulary.size, padId: 1, width: 8, heads: 2, depth: 1 };
const model = transformer({ ...sizes, method: preLN() }, 2);
const parameters = await stateDict(model);
const optimizer = { updates: 7, m: Float32Array.of(1), v: Float32Array.of(1) };
const training = { rule: { name: 'radam' }, position: { epoch: 0, index: 7 }, optimizer };
const good: Checkpoint = { config: model.config, parameters, vocabulary, training };

const withWeights = (w: StateDict): Checkpoint => ({ ...good, parameters: w });
const single = (...values: number[]): Checkpoint =>
  withWeights({ w: { shape: [values.length], data: Float32Array.from(values) } });

it.each([1, 3, 7, 10])('%i equal checkpoints average to themselves, to the bit', async (count) => {
  const before = tf.memory().numTensors;
  const mean = await averageCheckpoints(Array.from({ length: count }, () => good));
  expect(mean).toEqual({ config: model.config, parameters, vocabulary });
  expect(mean.parameters).not.toBe(parameters);
  expect(Object.values(mean.parameters)[0]!.data).not.toBe(Object.values(parameters)[0]!.data);
  expect(tf.memory().numTensors).toBe(before);
});

it('sums in double precision: what single precision would lose counts', async () => {
  // In single precision 2^24 + 1 is 2^24; the mean of these is 1/3, not 0.
  const mean = await averageCheckpoints([single(2 ** 24, 3), single(1, 5), single(-(2 ** 24), 1)]);
  expect(mean.parameters.w).toEqual({ shape: [2], data: Float32Array.of(1 / 3, 3) });
});

it('takes one at a time from what makes them, also where it does so asynchronously', async () => {
  let alive = 0;
  async function* made(): AsyncGenerator<Checkpoint> {
    for (const value of [1, 2, 6]) {
      expect(++alive).toBe(1);
      yield single(value);
      alive--;
    }
  }
  expect((await averageCheckpoints(made())).parameters.w!.data).toEqual(Float32Array.of(3));
  const promised = [1, 2, 6].map(async (value) => single(value));
  expect((await averageCheckpoints(promised)).parameters.w!.data).toEqual(Float32Array.of(3));
  expect((await averageCheckpoints(new Set([single(4)]))).parameters.w!.data).toEqual(Float32Array.of(4));
});

it('keeps a profile that all have, and changes none of its arguments', async () => {
  const first = single(1);
  const mean = await averageCheckpoints([{ ...first, profile: { a: 1 } as never }, single(3)]);
  expect(mean).not.toHaveProperty('profile');
  const profile = { a: 1 } as never;
  const both = await averageCheckpoints([
    { ...first, profile },
    { ...single(3), profile: { a: 1 } as never },
  ]);
  expect(both.profile).toBe(profile);
  expect(first.parameters.w!.data).toEqual(Float32Array.of(1));
});

const other = trainBpe(['wholly other words'], { merges: 20 });
const flat = (shape: number[], length = 2): Checkpoint =>
  withWeights({ w: { shape, data: new Float32Array(length) } });
it.each<readonly [string, unknown]>([
  ['received no checkpoints, allowed one or more', []],
  ['averageCheckpoints() checkpoints: received undefined, allowed checkpoints, in an array', undefined],
  ["averageCheckpoints() checkpoints: received 'runs/a', allowed checkpoints", 'runs/a'],
  ['averageCheckpoints() checkpoints: received a Promise', Promise.resolve([good])],
  ["checkpoint: received 'runs/a'", ['runs/a']],
  [
    'checkpoint 2 differs from the first one in config.width',
    [good, { ...good, config: { ...good.config, width: 16 } }],
  ],
  ['checkpoint 3 differs from the first one in vocabulary.', [good, good, { ...good, vocabulary: other }]],
  ["checkpoint 2 lacks 'w', which the first one has", [flat([2]), withWeights({})]],
  [
    "checkpoint 2 has 'u', which the first one lacks",
    [flat([2]), withWeights({ ...flat([2]).parameters, u: { shape: [1], data: new Float32Array(1) } })],
  ],
  ["checkpoint 2 has 'w' of shape [2,1], the first one of shape [1,2]", [flat([1, 2]), flat([2, 1])]],
  ["checkpoint 1 has an array 'w' that is not as its shape says", [flat([3])]],
  ["checkpoint 1 has an array 'w' that", [withWeights({ w: { shape: [1], data: [1] as never } })]],
  ["checkpoint 1 has an array 'w' that", [withWeights({ w: null as never })]],
  ["checkpoint 2 has numbers in 'w' that are not finite", [single(1), single(Number.NaN)]],
])('%s', async (message, checkpoints) => {
  await expect(averageCheckpoints(checkpoints as never)).rejects.toThrow(message);
});
