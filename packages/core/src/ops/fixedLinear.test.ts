import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { noise } from '../../testing/numbers';
import { withFixedWeights } from './fixedLinear';
import { linear } from './linear';
import { unembed } from './unembed';

const tensors = () => ({
  x: tf.tensor3d(noise(24, 1), [2, 3, 4]),
  weight: tf.tensor2d(noise(20, 2), [4, 5]),
  table: tf.tensor2d(noise(28, 3), [7, 4]),
  bias: tf.tensor1d(noise(5, 4)),
});

const results = ({ x, weight, table, bias }: ReturnType<typeof tensors>): number[][] =>
  tf.tidy(() => [
    ...(['none', 'relu', 'gelu'] as const).map((activation) => [
      ...linear(x, weight, { bias, activation }).dataSync(),
    ]),
    [...linear(x, weight).dataSync()],
    [...unembed(x, table).dataSync()],
  ]);

onBackends(() => {
  describe('withFixedWeights', () => {
    it('changes no product, on axes as they are', () => {
      const given = tensors();
      const plain = results(given);
      const before = tf.memory().numTensors;
      for (let i = 0; i < 2; i++) {
        for (const [at, values] of withFixedWeights(() => results(given)).entries()) {
          for (const [j, value] of values.entries()) expect(value).toBeCloseTo(plain[at]![j]!, 5);
        }
      }
      expect(withFixedWeights(() => linear(given.x, given.weight).shape)).toEqual([2, 3, 5]);
      expect(tf.memory().numTensors).toBe(before + 1);
    });

    it('leaves gradients as they are, and ends with what it runs, also where that throws', () => {
      const given = tensors();
      const gradient = (): number[] =>
        tf.tidy(() => [
          ...tf
            .grad((w) => tf.sum(linear(given.x, w as tf.Tensor2D)))(given.weight)
            .dataSync(),
        ]);
      const expected = gradient();
      expect(withFixedWeights(gradient)).toEqual(expected);
      const boom = (): never => {
        throw new Error('boom');
      };
      expect(() => withFixedWeights(() => withFixedWeights(boom))).toThrow('boom');
      expect(results(given)).toEqual(results(given));
    });
  });
});
