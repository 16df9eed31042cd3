import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { layerNormFormula } from '../../testing/formulas';
import { maxError, noise, read } from '../../testing/numbers';
import { LayerNorm } from './layerNorm';

onBackends(() => {
  describe('LayerNorm', () => {
    it('starts at gain 1, bias 0, epsilon 1e-5, and keeps the shape', () => {
      const norm = new LayerNorm(4);
      const x = tf.tensor3d(noise(8, 1), [1, 2, 4]);
      const y = norm.call(x);
      expect(y.shape).toEqual([1, 2, 4]);
      expect(maxError(read(y), layerNormFormula(noise(8, 1), [1, 1, 1, 1], [0, 0, 0, 0], 1e-5))).toBeLessThan(
        1e-5,
      );
      expect(norm.parameters().map(({ path }) => path)).toEqual(['gain', 'bias']);
      expect(leftovers(() => norm.call(x))).toBe(0);
      expect(() => new LayerNorm(0)).toThrow('LayerNorm width: received 0');
      tf.dispose([x, y]);
      norm.dispose();
    });
  });
});
