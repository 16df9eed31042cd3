import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { read } from '../../testing/numbers';
import { differentiable } from './differentiable';

/** x * y with a gradient that is told apart from tfjs's own by its factor. */
const product = (x: tf.Tensor, y: tf.Tensor): tf.Tensor =>
  differentiable(
    [x, y],
    (save) => {
      save([x, y]);
      return tf.mul(x, y);
    },
    (dy, [savedX, savedY]) => [tf.mul(tf.mul(dy, savedY!), 10), tf.mul(tf.mul(dy, savedX!), 100)],
  );

onBackends(() => {
  describe('differentiable', () => {
    it('uses the gradient given, with what was saved, in the order of the inputs', () => {
      const [x, y] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
      const gradients = tf.grads((a, b) => tf.sum(product(a, b)))([x, y]);
      expect(gradients.map(read)).toEqual([
        [30, 40],
        [100, 200],
      ]);
      expect(leftovers(() => tf.grads((a, b) => tf.sum(product(a, b)))([x, y]))).toBe(0);
      expect(leftovers(() => product(x, y))).toBe(0);
      tf.dispose([x, y, ...gradients]);
    });
  });
});
