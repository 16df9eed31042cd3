import type * as tf from '@tensorflow/tfjs';
import { describe, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { noise } from '../../testing/numbers';
import { exactGelu } from './exactGelu';

/** Phi(x) by the series of erf, which converges for every x. */
const below = (x: number): number => {
  let term = x / Math.sqrt(2 * Math.PI);
  let sum = term;
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / (2 * n);
    sum += term / (2 * n + 1);
  }
  return 0.5 + sum;
};

onBackends(() => {
  describe('exactGelu', () => {
    it('is x Phi(x), with its gradient', () => {
      checkOp({
        inputs: [{ shape: [1, 3, 4], data: noise(12, 1) }],
        op: (x) => exactGelu(x as tf.Tensor3D),
        formula: (x) => x!.map((each) => each * below(each)),
      });
    });
  });
});
