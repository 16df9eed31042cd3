import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp, type Input } from '../../testing/checkOp';
import { layerNormFormula } from '../../testing/formulas';
import { noise, read } from '../../testing/numbers';
import { layerNorm } from './layerNorm';

const D = 6;
const x: Input = { shape: [2, 3, D], data: noise(6 * D, 1, 2) };
const gain: Input = { shape: [D], data: noise(D, 2) };
const bias: Input = { shape: [D], data: noise(D, 3) };

onBackends(() => {
  describe('layerNorm', () => {
    it.each([1e-5, 0.3])('equals its formula and its gradients, epsilon %d', (epsilon) => {
      checkOp({
        inputs: [x, gain, bias],
        op: (a, g, b) => layerNorm(a!, { gain: g as tf.Tensor1D, bias: b as tf.Tensor1D, epsilon }),
        formula: (a, g, b) => layerNormFormula(a!, g!, b!, epsilon),
        plain: (a, g, b) => {
          const { mean, variance } = tf.moments(a!, -1, true);
          const normalised = tf.div(tf.sub(a!, mean), tf.sqrt(tf.add(variance, epsilon)));
          return tf.add(tf.mul(normalised, g!), b!);
        },
      });
    });

    it('is the bias where a row is constant, whatever the constant', () => {
      const y = tf.tidy(() =>
        layerNorm(tf.fill([1, 4], 300), {
          gain: tf.ones([4]),
          bias: tf.tensor1d([1, 2, 3, 4]),
          epsilon: 1e-5,
        }),
      );
      expect(read(y)).toEqual([1, 2, 3, 4]);
      y.dispose();
    });
  });
});
