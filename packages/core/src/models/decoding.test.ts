import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { maxError, read } from '../../testing/numbers';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { KeyValueCache } from '../context/cache';
import { admin } from '../residual/methods/admin';
import { type Transformer, type TransformerOptions, transformer } from './transformer';

// Decoding step by step, by composed ops and by kernels that read the cache where it lies, against a pass over everything.

let undo = (): void => {};
beforeAll(() => tf.setBackend('cpu'));
afterEach(() => {
  undo();
  undo = () => {};
});

const modelOf = (own: Partial<TransformerOptions>): Transformer =>
  transformer({
    ...{ vocabulary: 11, padId: 1, width: 8, heads: 2, depth: 2, method: admin() },
    ...own,
  });
const source = (): tf.Tensor2D =>
  tf.tensor2d(
    [
      [4, 5, 6, 7],
      [8, 9, 1, 1],
      [10, 4, 4, 1],
    ],
    [3, 4],
    'int32',
  );
const column = (ids: readonly number[]): tf.Tensor2D => tf.tensor2d([...ids], [ids.length, 1], 'int32');

/** What a search does: hypotheses of one sentence part, change places, and sentences leave. */
const STEPS = [
  { from: [0, 1, 2], ids: [2, 2, 2] },
  { from: [0, 0, 1, 1, 2, 2], ids: [4, 5, 6, 7, 8, 9] },
  { from: [1, 0, 3, 3, 4, 5], ids: [5, 6, 4, 9, 4, 4] },
  { from: [0, 0, 3, 3], ids: [7, 8, 9, 10] },
  { from: [3, 2], ids: [4, 6] },
] as const;

/** The last outputs of every step by a cache, and those of a pass over all that each row has said. */
const bothWays = (model: Transformer): [number[], number[]][] => {
  const cache = new KeyValueCache();
  const memory = model.encode(source());
  let rows: { readonly sentence: number; readonly said: readonly number[] }[] = [0, 1, 2].map((sentence) => ({
    sentence,
    said: [],
  }));
  const found = STEPS.map(({ from, ids }, step): [number[], number[]] => {
    if (step > 0) cache.select([...from]);
    rows = from.map((row, i) => ({ ...rows[row]!, said: [...rows[row]!.said, ids[i]!] }));
    const memoryRows = rows.map(({ sentence }) => sentence);
    const whole = tf.tensor2d(
      rows.map(({ said }) => [...said]),
      [rows.length, step + 1],
      'int32',
    );
    const stepped = model.decode(column(ids), memory, { cache, memoryRows });
    const all = model.decode(whole, memory, { memoryRows });
    return [read(stepped), read(tf.slice(all, [0, step, 0], [rows.length, 1, 8]))];
  });
  cache.dispose();
  return found;
};

describe.each<Partial<TransformerOptions>>([
  {},
  { attentionPositions: 'rotary', keyValueHeads: 1 },
  { attentionPositions: 'alibi' },
  { attentionPositions: { kind: 'relative', buckets: 4, maxDistance: 8 } },
])('step by step: %o', (own) => {
  it.each([false, true])('is what a pass over everything gives, by kernels: %s', (kernels) => {
    const calls: string[] = [];
    if (kernels) undo = registerReferenceKernels((name) => calls.push(name));
    tf.tidy(() => {
      const model = modelOf(own);
      for (const [stepped, all] of bothWays(model)) {
        expect(stepped.length).toBe(all.length);
        expect(maxError(stepped, all)).toBeLessThan(2e-5);
      }
      expect(calls.includes('SteadyAttentionStep')).toBe(kernels);
      model.dispose();
    });
  });
});

describe('memoryRows', () => {
  it('leave no tensor, and are refused where they are none of the memory', () => {
    const model = modelOf({});
    const memory = model.encode(source());
    const tensors = tf.memory().numTensors;
    for (const memoryRows of [[0], [0, 3], [0, -1], [0, 0.5]]) {
      const cache = new KeyValueCache();
      expect(() => tf.tidy(() => model.decode(column([4, 5]), memory, { cache, memoryRows }))).toThrow(
        "memoryRows of cross-attention at 'decoder.layers.0.crossAttention': received",
      );
      cache.dispose();
    }
    expect(tf.memory().numTensors).toBe(tensors);
    model.dispose();
    tf.dispose([memory.memory, memory.memoryMask]);
  });
});

describe('rows to decode', () => {
  it('are those of the cache', () => {
    undo = registerReferenceKernels();
    tf.tidy(() => {
      const [model, cache] = [modelOf({}), new KeyValueCache()];
      const memory = model.encode(source());
      model.decode(column([4, 5, 6]), memory, { cache });
      expect(() => model.decode(column([4, 5]), memory, { cache, memoryRows: [0, 1] })).toThrow(
        "rows to decode: received 2, allowed the cache's 3",
      );
      cache.dispose();
      model.dispose();
    });
  });
});
