import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { maxError, noise, read } from '../../testing/numbers';
import { KeyValueCache } from '../context/cache';
import type { Context } from '../context/context';
import { MASKED } from '../ops/attention';
import { randomStream } from '../random/random';
import { loadStateDict, stateDict } from '../state/parameters';
import type { AttentionOptions } from './attention';
import { CrossAttention } from './crossAttention';
import { SelfAttention } from './selfAttention';

const [B, T, D, HEADS] = [2, 4, 8, 4];
const options: AttentionOptions = { width: D, heads: HEADS };
const self = (own: Partial<AttentionOptions> & { causal?: boolean } = {}): SelfAttention =>
  new SelfAttention({ ...options, ...own }, randomStream(1));
const stream = (time: number, seed: number): tf.Tensor3D =>
  tf.tensor3d(noise(B * time * D, seed), [B, time, D]);
const rowsOf = (x: tf.Tensor, t: number): number[] =>
  read(tf.tidy(() => tf.slice(x, [0, t, 0], [-1, 1, -1])));

onBackends(() => {
  describe('SelfAttention', () => {
    it('sees all positions, or causally none after its own', () => {
      const x = stream(T, 1);
      const changed = tf.tidy(() => tf.concat([tf.slice(x, [0, 0, 0], [-1, T - 1, -1]), stream(1, 9)], 1));
      for (const causal of [false, true]) {
        const layer = self({ causal });
        const [y, other] = [layer.call(x, {}), layer.call(changed, {})];
        for (let t = 0; t < T - 1; t++) {
          const difference = maxError(rowsOf(other, t), rowsOf(y, t));
          if (causal) expect(difference).toBe(0);
          else expect(difference).toBeGreaterThan(1e-3);
        }
        expect(maxError(rowsOf(other, T - 1), rowsOf(y, T - 1))).toBeGreaterThan(1e-3);
        tf.dispose([y, other]);
        layer.dispose();
      }
      tf.dispose([x, changed]);
    });

    it('with a mask does not see what is masked', () => {
      const layer = self();
      const x = stream(T, 1);
      const short = tf.tidy(() => tf.slice(x, [0, 0, 0], [-1, T - 1, -1]));
      const mask = tf.tensor4d([0, 0, 0, MASKED, 0, 0, 0, MASKED], [B, 1, 1, T]);
      const [y, expected] = [layer.call(x, { mask }), layer.call(short, {})];
      for (let t = 0; t < T - 1; t++) expect(maxError(rowsOf(y, t), rowsOf(expected, t))).toBeLessThan(1e-6);
      tf.dispose([x, short, mask, y, expected]);
      layer.dispose();
    });

    it('grouped-query equals full attention whose heads repeat the groups', async () => {
      const grouped = self({ keyValueHeads: 2 });
      const full = self();
      const depth = D / HEADS;
      const state = { ...(await stateDict(full)) };
      const fused = await stateDict(grouped);
      // Columns: queries as they are, each group of keys and values twice.
      const columns = [
        ...Array.from({ length: D }, (_, c) => c),
        ...[D, D + 2 * depth].flatMap((start) =>
          [0, 0, 1, 1].flatMap((group) => Array.from({ length: depth }, (_, d) => start + group * depth + d)),
        ),
      ];
      const { data } = fused['queryKeyValue.weight']!;
      const wide = Array.from({ length: D }, (_, row) => columns.map((c) => data[row * 2 * D + c]!)).flat();
      state['queryKeyValue.weight'] = { shape: [D, 3 * D], data: Float32Array.from(wide) };
      state['output.weight'] = fused['output.weight']!;
      loadStateDict(full, state);
      const x = stream(T, 2);
      const [y, expected] = [grouped.call(x, {}), full.call(x, {})];
      expect(maxError(read(y), read(expected))).toBeLessThan(1e-6);
      tf.dispose([x, y, expected]);
      grouped.dispose();
      full.dispose();
    });

    it.each([[[1, 1, 1, 1]], [[2, 2]], [[1, 3]], [[3, 1]]])(
      'in cached pieces of %j equals the whole',
      (pieces) => {
        for (const keyValueHeads of [HEADS, 1]) {
          const layer = self({ causal: true, keyValueHeads });
          const x = stream(T, 3);
          const whole = layer.call(x, {});
          const cache = new KeyValueCache();
          let from = 0;
          const parts = pieces.map((size) => {
            const part = tf.tidy(() =>
              layer.call(tf.slice(x, [0, from, 0], [-1, size, -1]), { cache, path: 'a' }),
            );
            from += size;
            return part;
          });
          const joined = tf.concat(parts, 1);
          expect(maxError(read(joined), read(whole))).toBeLessThan(1e-6);
          cache.dispose();
          tf.dispose([x, whole, joined, ...parts]);
          layer.dispose();
        }
      },
    );

    it('leaves no tensors, with or without a cache', () => {
      const layer = self({ causal: true });
      const x = stream(T, 3);
      expect(leftovers(() => layer.call(x, {}))).toBe(0);
      const cache = new KeyValueCache();
      expect(
        leftovers(() => {
          const y = layer.call(x, { cache });
          cache.dispose();
          return y;
        }),
      ).toBe(0);
      x.dispose();
      layer.dispose();
    });

    it.each([[[B, 1, 1, T + 1]], [[1, 1, 1, T]], [[B, HEADS, T, T]], [[B, 1, T - 1, T]], [[B, T]]])(
      'refuses a mask of shape %j, naming the place',
      (shape) => {
        const layer = self();
        const [x, mask] = [stream(T, 1), tf.zeros<tf.Rank.R4>(shape as [number, number, number, number])];
        expect(() => layer.call(x, { mask, path: 'encoder.layers.0.selfAttention' })).toThrow(
          `mask of self-attention at 'encoder.layers.0.selfAttention': received [${shape.join(', ')}], allowed [2, 1, 1 or 4, 4].`,
        );
        tf.dispose([x, mask]);
        layer.dispose();
      },
    );
  });

  describe('CrossAttention', () => {
    const S = 5;
    const context = (): Context & { memory: tf.Tensor3D; memoryMask: tf.Tensor4D } => ({
      path: 'c',
      memory: stream(S, 4),
      memoryMask: tf.tensor4d([0, 0, 0, 0, 0, 0, 0, 0, MASKED, MASKED], [B, 1, 1, S]),
    });
    const dispose = (c: ReturnType<typeof context>): void => tf.dispose([c.memory, c.memoryMask]);

    it('equals self-attention where the memory is the stream', async () => {
      const [cross, own] = [new CrossAttention(options, randomStream(1)), self()];
      const x = stream(T, 1);
      // Drawn from one stream, query, key and value are columns of one fused matrix in both.
      const [y, expected] = [cross.call(x, { memory: x }), own.call(x, {})];
      expect(maxError(read(y), read(expected))).toBeLessThan(1e-6);
      tf.dispose([x, y, expected]);
      cross.dispose();
      own.dispose();
    });

    it('projects the memory once where it has a cache', () => {
      const layer = new CrossAttention(options, randomStream(1));
      const c = context();
      const x = stream(1, 5);
      const cache = new KeyValueCache();
      const plain = tf.tidy(() => layer.call(x, c));
      const first = tf.tidy(() => layer.call(x, { ...c, cache }));
      const zeros = tf.zerosLike(c.memory);
      const again = tf.tidy(() => layer.call(x, { ...c, cache, memory: zeros }));
      expect(read(first)).toEqual(read(plain));
      expect(read(again)).toEqual(read(plain));
      cache.dispose();
      tf.dispose([x, plain, first, again, zeros]);
      dispose(c);
      layer.dispose();
    });

    it('does not see masked memory', () => {
      const layer = new CrossAttention(options, randomStream(1));
      const c = context();
      const x = stream(T, 5);
      const changed = tf.tidy(() => tf.concat([tf.slice(c.memory, [0, 0, 0], [-1, 3, -1]), stream(2, 6)], 1));
      const [y, other] = [layer.call(x, c), layer.call(x, { ...c, memory: changed })];
      const half = (tensor: tf.Tensor): number[] => read(tensor).slice(T * D);
      expect(half(other)).toEqual(half(y));
      expect(read(other)).not.toEqual(read(y));
      tf.dispose([x, changed, y, other]);
      dispose(c);
      layer.dispose();
    });

    it('leaves no tensors', () => {
      const layer = new CrossAttention(options, randomStream(1));
      const c = context();
      const x = stream(T, 1);
      expect(leftovers(() => layer.call(x, c))).toBe(0);
      x.dispose();
      dispose(c);
      layer.dispose();
    });

    it('needs a memory, and a mask that fits it', () => {
      const layer = new CrossAttention(options, randomStream(1));
      const c = context();
      const x = stream(T, 1);
      expect(() => layer.call(x, { path: 'c' })).toThrow("cross-attention at 'c' needs context.memory");
      const mask = tf.zeros([B, 1, 1, T]) as tf.Tensor4D;
      expect(() => layer.call(x, { ...c, memoryMask: mask })).toThrow(
        "memoryMask of cross-attention at 'c': received [2, 1, 1, 4], allowed [2, 1, 1 or 4, 5].",
      );
      tf.dispose([x, mask]);
      dispose(c);
      layer.dispose();
    });
  });
});

describe('attention options', () => {
  it.each<[Partial<AttentionOptions>, string]>([
    [{ heads: 3 }, 'self-attention heads: received 3, allowed divisors of the width 8'],
    [{ heads: 0 }, 'self-attention heads: received 0'],
    [{ keyValueHeads: 3 }, 'self-attention keyValueHeads: received 3, allowed divisors of the 4 heads'],
    [{ dropout: 1.5 }, 'self-attention dropout: received 1.5'],
  ])('%j', (own, message) => {
    expect(() => self(own)).toThrow(message);
  });

  it('scale the roles they name', async () => {
    const gains = { query: 2, key: 3, value: 5, output: 7 };
    const [plain, scaled] = [await stateDict(self()), await stateDict(self({ gains }))];
    const factors = [gains.query, gains.key, gains.value];
    const before = plain['queryKeyValue.weight']!.data;
    const expected = Array.from(before, (w, at) => w * factors[Math.floor((at % (3 * D)) / D)]!);
    expect(maxError(scaled['queryKeyValue.weight']!.data, expected)).toBeLessThan(1e-6);
    const output = Array.from(plain['output.weight']!.data, (w) => 7 * w);
    expect(maxError(scaled['output.weight']!.data, output)).toBeLessThan(1e-6);
  });

  it('tell which maps read the input', () => {
    const layer = self();
    const cross = new CrossAttention(options, randomStream(1));
    expect(layer.inputProjections()).toEqual([layer.queryKeyValue]);
    expect(cross.inputProjections()).toEqual([cross.query]);
  });
});
