import type * as tf from '@tensorflow/tfjs';
import { describe, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { noise } from '../../testing/numbers';
import { squashed, tanhSquash } from './squashed';

const [M, D] = [3, 4];

onBackends(() => {
  describe('squashed', () => {
    it('is gamma tanh(alpha x + s) + beta, with every gradient', () => {
      checkOp({
        inputs: [
          { shape: [1, M, D], data: noise(M * D, 1) },
          { shape: [D], data: noise(D, 2) },
          { shape: [D], data: noise(D, 3) },
          { shape: [1], data: [0.7] },
          { shape: [1], data: [-0.2] },
        ],
        op: (x, ...weights) => {
          const [gain, bias, alpha, shift] = weights as tf.Tensor1D[];
          return squashed(x!, { gain: gain!, bias: bias!, alpha: alpha!, shift }, tanhSquash);
        },
        formula: (x, gain, bias, alpha, shift) =>
          x!.map((value, at) => gain![at % D]! * Math.tanh(alpha![0]! * value + shift![0]!) + bias![at % D]!),
      });
    });
  });
});
