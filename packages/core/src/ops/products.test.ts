import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { read } from '../../testing/numbers';
import { flatten2d, matMulTransposeA, matMulTransposeB, sumRows } from './products';

onBackends(() => {
  describe('products', () => {
    it('transpose one side', () => {
      const a = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
      const b = tf.tensor2d([1, 0, -1, 2], [2, 2]);
      const c = tf.tensor2d([1, 1, 0], [1, 3]);
      const [left, right] = [matMulTransposeA(a, b), matMulTransposeB(a, c)];
      expect(read(left)).toEqual([-3, 8, -3, 10, -3, 12]);
      expect(left.shape).toEqual([3, 2]);
      expect(read(right)).toEqual([3, 9]);
      expect(right.shape).toEqual([2, 1]);
      expect(leftovers(() => [matMulTransposeA(a, b), matMulTransposeB(a, c)])).toBe(0);
      tf.dispose([a, b, c, left, right]);
    });

    it('sum the rows', () => {
      const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
      const sums = sumRows(x);
      expect(sums.shape).toEqual([2]);
      expect(read(sums)).toEqual([9, 12]);
      expect(leftovers(() => sumRows(x))).toBe(0);
      tf.dispose([x, sums]);
    });

    it('flatten the leading axes', () => {
      const x = tf.ones([2, 3, 4]);
      const flat = flatten2d(x);
      expect(flat.shape).toEqual([6, 4]);
      tf.dispose([x, flat]);
    });
  });
});
