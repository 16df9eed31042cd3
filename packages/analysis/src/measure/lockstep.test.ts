import {
  b2t,
  type JoinEvent,
  model as modelOf,
  preLN,
  randomStream,
  type Stacked,
  selectBackend,
  stateDict,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { lockstep } from './lockstep';
import { isMatrix, randomSigns, withTwin } from './perturb';

beforeAll(async () => {
  await selectBackend('wasm');
});

// Cross-attention reads the changed encoder's memory, masks differ, and B2T adds the block's input.
const build = () => transformer({ vocabulary: 20, padId: 1, width: 8, heads: 2, depth: 3, method: b2t() }, 2);
const pairs = () => ({
  source: tf.tensor2d([3, 4, 5, 6, 7, 1], [2, 3], 'int32'),
  target: tf.tensor2d([2, 6, 2, 7], [2, 2], 'int32'),
});

// The last stack reads two others, each in a sub-layer of its own.
const threeStacks = () =>
  modelOf(
    {
      width: 8,
      heads: 2,
      embeddings: { table: { vocabulary: 20 } },
      stacks: {
        first: { depth: 1, method: b2t(), embedding: 'table' },
        second: { depth: 1, method: preLN(), embedding: 'table' },
        last: { depth: 2, method: b2t(), embedding: 'table', causal: true, reads: ['first', 'second'] },
      },
    },
    2,
  );
const triples = () => ({
  first: tf.tensor2d([3, 4, 5, 6, 7, 1], [2, 3], 'int32'),
  second: tf.tensor2d([9, 8, 7, 6, 5, 4, 3, 1], [2, 4], 'int32'),
  last: tf.tensor2d([2, 6, 2, 7], [2, 2], 'int32'),
});

const upTo = (depth: number): number[] => Array.from({ length: depth + 1 }, (_, i) => i);

it.each([
  ['of a transformer', build, pairs, { encoder: upTo(6), decoder: upTo(9) }],
  ['of three stacks', threeStacks, triples, { first: upTo(2), second: upTo(2), last: upTo(8) }],
])(
  'shows at every depth %s what two whole passes show, and keeps nothing',
  async (_name, make, batches, all) => {
    const [model, batch] = [make() as Stacked<unknown>, batches() as Record<string, tf.Tensor>];
    const state = await stateDict(model);
    const before = tf.memory().numTensors;
    const whole = { original: new Map<string, Float32Array>(), changed: new Map<string, Float32Array>() };
    const seen = { original: new Map<string, Float32Array>(), changed: new Map<string, Float32Array>() };
    const depths: Record<string, number[]> = {};
    const most: number[] = [];
    await withTwin(model, isMatrix, randomSigns(randomStream(1), 0.01), async (twin) => {
      for (const which of ['original', 'changed'] as const) {
        twin.use(which);
        const join = ({ path, output }: JoinEvent): void => {
          whole[which].set(path, output.dataSync<'float32'>());
        };
        tf.dispose(model.call(batch, { probe: { join } }));
      }
      lockstep(model, batch, twin, ({ path, stackPath, depth, original, changed }) => {
        depths[stackPath] = [...(depths[stackPath] ?? []), depth];
        most.push(tf.memory().numTensors);
        if (depth === 0) return;
        seen.original.set(path, original.dataSync<'float32'>());
        seen.changed.set(path, changed.dataSync<'float32'>());
      });
    });
    expect(depths).toEqual(all);
    for (const which of ['original', 'changed'] as const) {
      expect([...seen[which].keys()]).toEqual([...whole[which].keys()]);
      for (const [path, values] of seen[which]) {
        const expected = whole[which].get(path)!;
        const scale = expected.reduce((top, x) => Math.max(top, Math.abs(x)), 0);
        for (const [i, x] of values.entries()) expect(Math.abs(x - expected[i]!) / scale).toBeLessThan(1e-5);
      }
    }
    expect([...seen.changed.values()]).not.toEqual([...seen.original.values()]);
    // The streams are all there is, at the last depth as at the first; B2T has a second one within a block.
    expect(new Set(most)).toEqual(new Set([most[0], most[0]! + 2]));
    expect(tf.memory().numTensors).toBe(before);
    expect(await stateDict(model)).toEqual(state);
    tf.dispose(Object.values(batch));
    model.dispose();
  },
);

it('frees everything where the visitor or the model throws', async () => {
  const [model, batch] = [build(), pairs()];
  const before = tf.memory().numTensors;
  const delta = randomSigns(randomStream(1), 0.01);
  const failing = withTwin(model, isMatrix, delta, async (twin) => {
    lockstep(model, batch, twin, ({ depth }) => {
      if (depth === 4) throw new Error('enough');
    });
  });
  await expect(failing).rejects.toThrow('enough');
  const wrong = { source: batch.source, target: tf.tensor2d([[2], [3], [4]], [3, 1], 'int32') };
  await expect(
    withTwin(model, isMatrix, delta, async (twin) => lockstep(model, wrong, twin, () => {})),
  ).rejects.toThrow();
  wrong.target.dispose();
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose(Object.values(batch));
  model.dispose();
});
