import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { mean, noise, read } from '../../testing/numbers';
import { ScaleNorm } from './scaleNorm';

onBackends(() => {
  describe('ScaleNorm', () => {
    it('starts at gain sqrt(D): every row has mean square 1', () => {
      const norm = new ScaleNorm(8);
      const x = tf.tensor3d(noise(16, 1, 5), [1, 2, 8]);
      const y = norm.call(x);
      expect(y.shape).toEqual([1, 2, 8]);
      const squares = read(y).map((value) => value * value);
      expect(mean(squares.slice(0, 8))).toBeCloseTo(1, 5);
      expect(mean(squares.slice(8))).toBeCloseTo(1, 5);
      expect(norm.parameters().map(({ path }) => path)).toEqual(['gain']);
      expect(leftovers(() => norm.call(x))).toBe(0);
      tf.dispose([x, y]);
      norm.dispose();
    });
  });
});
