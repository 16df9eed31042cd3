import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { noise, read } from '../../testing/numbers';
import { scaleNorm } from './scaleNorm';

const D = 4;
const formula =
  (epsilon: number) =>
  (x: number[] = [], gain: number[] = []): number[] =>
    x.map((value, at) => {
      const row = x.slice(at - (at % D), at - (at % D) + D);
      return (gain[0]! * value) / Math.max(Math.hypot(...row), epsilon);
    });

onBackends(() => {
  describe('scaleNorm', () => {
    // With epsilon 2 some rows are shorter and some longer.
    it.each([1e-5, 2])('equals its formula and its gradients, epsilon %d', (epsilon) => {
      checkOp({
        inputs: [
          { shape: [2, 3, D], data: noise(6 * D, 1) },
          { shape: [1], data: [1.7] },
        ],
        op: (x, gain) => scaleNorm(x!, gain as tf.Tensor1D, epsilon),
        formula: formula(epsilon),
      });
    });

    it('is zero at zero, with a finite gradient', () => {
      const [x, gain] = [tf.zeros([1, D]), tf.tensor1d([2])];
      const y = scaleNorm(x, gain, 1e-5);
      const dx = tf.grad((input) => tf.sum(scaleNorm(input, gain, 1e-5)))(x);
      expect(read(y)).toEqual([0, 0, 0, 0]);
      expect(read(dx).every(Number.isFinite)).toBe(true);
      tf.dispose([x, gain, y, dx]);
    });
  });
});
