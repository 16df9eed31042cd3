import type * as tf from '@tensorflow/tfjs';
import { describe, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { noise } from '../../testing/numbers';
import { rmsNorm } from './rmsNorm';

const [M, D, EPSILON] = [3, 5, 1e-2];

onBackends(() => {
  describe('rmsNorm', () => {
    it('divides by the root mean square, with every gradient', () => {
      checkOp({
        inputs: [
          { shape: [1, M, D], data: noise(M * D, 1) },
          { shape: [D], data: noise(D, 2) },
        ],
        op: (x, gain) => rmsNorm(x!, gain as tf.Tensor1D, EPSILON),
        formula: (x, gain) =>
          x!.map((value, at) => {
            const row = x!.slice(Math.floor(at / D) * D, (Math.floor(at / D) + 1) * D);
            const square = row.reduce((sum, v) => sum + v * v, 0) / D;
            return (gain![at % D]! * value) / Math.sqrt(square + EPSILON);
          }),
      });
    });
  });
});
