import { b2t, type JoinEvent, randomStream, selectBackend, stateDict, transformer } from '@steadyformer/core';
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

it('shows at every depth what two whole passes show, and keeps nothing', async () => {
  const [model, batch] = [build(), pairs()];
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
  expect(depths).toEqual({ encoder: [0, 1, 2, 3, 4, 5, 6], decoder: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] });
  for (const which of ['original', 'changed'] as const) {
    expect([...seen[which].keys()]).toEqual([...whole[which].keys()]);
    for (const [path, values] of seen[which]) {
      const expected = whole[which].get(path)!;
      const scale = expected.reduce((top, x) => Math.max(top, Math.abs(x)), 0);
      for (const [i, x] of values.entries()) expect(Math.abs(x - expected[i]!) / scale).toBeLessThan(1e-5);
    }
  }
  expect([...seen.changed.values()]).not.toEqual([...seen.original.values()]);
  // The streams are all there is, at the last depth as at the first.
  expect(Math.max(...most)).toBe(most[0]);
  expect(tf.memory().numTensors).toBe(before);
  expect(await stateDict(model)).toEqual(state);
  tf.dispose(Object.values(batch));
  model.dispose();
});

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
