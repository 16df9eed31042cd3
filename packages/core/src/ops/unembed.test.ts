import * as tf from '@tensorflow/tfjs';
import { describe, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { noise } from '../../testing/numbers';
import { unembed } from './unembed';

const [ROWS, D, V] = [6, 4, 5];

onBackends(() => {
  describe('unembed', () => {
    it('is the product with the transposed table, with its gradients', () => {
      checkOp({
        inputs: [
          { shape: [2, 3, D], data: noise(ROWS * D, 1) },
          { shape: [V, D], data: noise(V * D, 2) },
        ],
        op: (x, table) => unembed(x!, table as tf.Tensor2D),
        formula: (x, table) =>
          Array.from({ length: ROWS * V }, (_, at) => {
            const [m, v] = [Math.floor(at / V), at % V];
            let sum = 0;
            for (let d = 0; d < D; d++) sum += x![m * D + d]! * table![v * D + d]!;
            return sum;
          }),
        plain: (x, table) =>
          tf.reshape(tf.matMul(tf.reshape(x!, [ROWS, D]), table as tf.Tensor2D, false, true), [2, 3, V]),
      });
    });
  });
});
