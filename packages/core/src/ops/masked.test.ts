import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { noise, read } from '../../testing/numbers';
import { masked } from './masked';

const [B, T, D] = [2, 3, 4];
const MASK = [1, 0, 1, 1, 1, 0];

onBackends(() => {
  describe('masked', () => {
    it('is x where the mask is not 0, with its gradient', () => {
      const mask = tf.tensor3d(MASK, [B, T, 1]);
      checkOp({
        inputs: [{ shape: [B, T, D], data: noise(B * T * D, 1) }],
        op: (x) => masked(x!, mask),
        formula: (x) => x!.map((value, at) => value * MASK[Math.floor(at / D)]!),
        plain: (x) => tf.mul(x!, mask),
      });
      mask.dispose();
    });

    it('hides NaN and Infinity, also in a gradient that comes in', () => {
      const values = [1, Number.NaN, 3, 4, 5, Number.NEGATIVE_INFINITY];
      const [x, mask] = [tf.tensor2d(values, [B, T]), tf.tensor2d(MASK, [B, T])];
      const y = masked(x, mask);
      expect(read(y)).toEqual([1, 0, 3, 4, 5, 0]);
      // d sqrt(y) is infinite at the zeros, which multiplied by 0 would be NaN.
      const dx = tf.grad((input) => tf.sum(tf.sqrt(masked(input, mask))))(x);
      expect(read(dx).map((value) => Math.round(1e4 * value))).toEqual([5000, 0, 2887, 2500, 2236, 0]);
      tf.dispose([x, mask, y, dx]);
    });
  });
});
