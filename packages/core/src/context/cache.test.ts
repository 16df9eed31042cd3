import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { read } from '../../testing/numbers';
import { KeyValueCache } from './cache';

onBackends(() => {
  describe('KeyValueCache', () => {
    it('keeps what is stored in a tidy, one tensor a path, and frees all', () => {
      const before = tf.memory().numTensors;
      const cache = new KeyValueCache();
      tf.tidy(() => cache.set('a', tf.ones([2, 1, 3])));
      tf.tidy(() => cache.set('a', tf.ones([2, 2, 3])));
      tf.tidy(() => cache.set('b', tf.zeros([2, 1, 3])));
      expect(tf.memory().numTensors).toBe(before + 2);
      expect(cache.get('a')!.shape).toEqual([2, 2, 3]);
      expect(cache.get('c')).toBeUndefined();
      cache.length = 2;
      cache.dispose();
      expect(tf.memory().numTensors).toBe(before);
      expect(cache.get('a')).toBeUndefined();
      expect(cache.length).toBe(0);
    });

    it('takes rows in the order given, also twice or not at all', () => {
      const cache = new KeyValueCache();
      tf.tidy(() => cache.set('a', tf.tensor3d([1, 2, 3], [3, 1, 1])));
      const before = tf.memory().numTensors;
      tf.tidy(() => cache.select([2, 0, 2, 2]));
      expect(read(cache.get('a')!)).toEqual([3, 1, 3, 3]);
      cache.select([1]);
      expect(read(cache.get('a')!)).toEqual([1]);
      expect(tf.memory().numTensors).toBe(before);
      cache.dispose();
    });

    it('copies a slot only where its rows change, however often rows were taken', () => {
      const cache = new KeyValueCache();
      tf.tidy(() => cache.set('source', tf.tensor3d([1, 2], [2, 1, 1])));
      tf.tidy(() => cache.set('own', tf.tensor3d([5, 6], [2, 1, 1])));
      cache.select([0, 0, 1, 1]);
      tf.tidy(() => cache.set('own', tf.tensor3d([1, 2, 3, 4], [4, 1, 1])));
      const source = cache.get('source')!;
      cache.select([1, 0, 3, 3]);
      expect(cache.get('source')).toBe(source);
      expect(read(source)).toEqual([1, 1, 2, 2]);
      expect(read(cache.get('own')!)).toEqual([2, 1, 4, 4]);
      cache.select([3, 2, 1, 0]);
      expect(read(cache.get('source')!)).toEqual([2, 2, 1, 1]);
      expect(read(cache.get('own')!)).toEqual([4, 4, 1, 2]);
      cache.select([0, 1, 2]);
      expect(read(cache.get('source')!)).toEqual([2, 2, 1]);
      tf.tidy(() => cache.set('source', tf.tensor3d([7, 8, 9], [3, 1, 1])));
      cache.select([1, 0, 2]);
      expect(read(cache.get('source')!)).toEqual([8, 7, 9]);
      cache.dispose();
    });

    it('adds positions as they come, moves nothing where rows change, and puts together what few rows read', () => {
      const before = tf.memory().numTensors;
      const cache = new KeyValueCache();
      // A query stands before key and value.
      const lines = (...values: number[]): tf.Tensor3D =>
        tf.tensor3d(
          values.flatMap((value) => [99, value, -value]),
          [values.length, 1, 3],
        );
      tf.tidy(() => cache.append('own', lines(1, 2), 2));
      cache.select([0, 0, 1, 1]);
      tf.tidy(() => cache.append('own', lines(3, 4, 5, 6), 2));
      const kept = cache.pieces('own').map((piece) => piece.lines);
      cache.select([3, 0, 2, 2]);
      expect(cache.pieces('own').map((piece) => piece.lines)).toEqual(kept);
      expect(cache.pieces('own').map(({ rows }) => [...Array.from(rows)])).toEqual([
        [1, 0, 1, 1],
        [3, 0, 2, 2],
      ]);
      expect(cache.positions('own')).toBe(2);
      expect(() => cache.append('own', lines(1), 2)).toThrow(
        "rows to decode: received 1, allowed the cache's 4",
      );
      cache.select([1, 2]);
      expect(cache.pieces('own')).toHaveLength(1);
      expect(read(cache.get('own')!)).toEqual([1, -1, 3, -3, 2, -2, 5, -5]);
      expect(cache.get('own')!.shape).toEqual([2, 2, 2]);
      cache.dispose();
      expect(tf.memory().numTensors).toBeLessThanOrEqual(before + 3);
    });
  });
});
