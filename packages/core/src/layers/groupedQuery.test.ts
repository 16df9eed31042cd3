import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { maxError, read } from '../../testing/numbers';
import { selectBackend } from '../backend/select';
import { KeyValueCache } from '../context/cache';
import { encoder } from '../models/encoder';
import { type FullConfig, fromConfig } from '../models/fromConfig';
import { languageModel } from '../models/languageModel';
import { transformer } from '../models/transformer';
import { admin } from '../residual/methods/admin';
import { loadStateDict, type StateDict, stateDict } from '../state/parameters';
import { asLayer } from '../tfLayers/asLayer';

const [D, H, G] = [8, 4, 2];
const HEAD = D / H;
const sizes = { vocabulary: 9, padId: 1, width: D, heads: H, depth: 1, method: admin() };
const batch = () => ({
  source: tf.tensor2d([3, 4, 2, 5, 2, 1], [2, 3], 'int32'),
  target: tf.tensor2d([2, 6, 4, 2, 7, 3], [2, 3], 'int32'),
});

beforeAll(async () => {
  await selectBackend('wasm');
});

/** Which column of a fused projection of G groups each column of one of H heads copies; queries come first. */
const sourceColumns = (queries: number): number[] => {
  const part = (from: number): number[] =>
    Array.from({ length: D }, (_, at) => {
      const [head, feature] = [Math.floor(at / HEAD), at % HEAD];
      return from + Math.floor(head / (H / G)) * HEAD + feature;
    });
  return [...Array.from({ length: queries }, (_, at) => at), ...part(queries), ...part(queries + G * HEAD)];
};

/** The weights of a grouped-query model as those of one with all heads: every group repeated for its heads. */
const withAllHeads = (state: StateDict): StateDict =>
  Object.fromEntries(
    Object.entries(state).map(([path, { shape, data }]) => {
      const fused = path.match(/\.(queryKeyValue|keyValue)\.(weight|bias)$/);
      if (!fused) return [path, { shape, data }];
      const columns = sourceColumns(fused[1] === 'queryKeyValue' ? D : 0);
      const width = shape.at(-1)!;
      const rows = Array.from({ length: data.length / width }, (_, r) =>
        columns.map((column) => data[r * width + column]!),
      );
      return [path, { shape: [...shape.slice(0, -1), columns.length], data: Float32Array.from(rows.flat()) }];
    }),
  );

describe('models with fewer key-value heads', () => {
  it('compute what all heads compute where each group is repeated', async () => {
    const grouped = transformer({ ...sizes, keyValueHeads: G }, 3);
    const state = await stateDict(grouped);
    expect(state['encoder.layers.0.selfAttention.branch.queryKeyValue.weight']!.shape).toEqual([
      D,
      (H + 2 * G) * HEAD,
    ]);
    const whole = transformer(sizes, 4);
    loadStateDict(whole, withAllHeads(state));
    const input = batch();
    expect(maxError(read(grouped.call(input)), read(whole.call(input)))).toBeLessThan(1e-5);
  });

  it('decode the same with a cache, which holds the groups alone', () => {
    const model = transformer({ ...sizes, keyValueHeads: 1 }, 3);
    const { source, target } = batch();
    const memory = model.encode(source);
    const whole = model.decode(target, memory);
    const cache = new KeyValueCache();
    const steps = [0, 1, 2].map((t) => model.decode(tf.slice(target, [0, t], [-1, 1]), memory, { cache }));
    expect(maxError(read(tf.concat(steps, 1)), read(whole))).toBeLessThan(1e-5);
    expect(cache.get('decoder.layers.0.selfAttention')?.shape).toEqual([2, 3, 2 * HEAD]);
    expect(cache.get('decoder.layers.0.crossAttention')?.shape).toEqual([2, 3, 2 * HEAD]);
  });

  it('round-trip as JSON, which names them only where they were given', () => {
    for (const build of [transformer, languageModel, encoder]) {
      const { config } = build({ ...sizes, keyValueHeads: G });
      const again = fromConfig(JSON.parse(JSON.stringify(config)) as FullConfig);
      expect(again.config.keyValueHeads).toBe(G);
      expect(again.parameterCount()).toBe(build({ ...sizes, keyValueHeads: G }).parameterCount());
      expect(build(sizes).config).not.toHaveProperty('keyValueHeads');
    }
  });

  it('are an option of the layer factory', () => {
    const block = { width: D, heads: H, feedForward: 16, keyValueHeads: G };
    const config = { ...block, depth: 1, method: { name: 'admin' } };
    const layer = asLayer({ factory: 'encoder', config });
    const weight = layer.module.parameters().find(({ path }) => path.endsWith('queryKeyValue.weight'));
    expect(weight?.parameter.shape).toEqual([D, (H + 2 * G) * HEAD]);
  });

  it.each<[number, string]>([
    [3, 'self-attention keyValueHeads: received 3, allowed divisors of the 4 heads'],
    [0, 'LanguageModel keyValueHeads: received 0, allowed whole numbers >= 1'],
  ])('%d are an error', (keyValueHeads, message) => {
    expect(() => languageModel({ ...sizes, keyValueHeads })).toThrow(message);
  });
});
