import * as tf from '@tensorflow/tfjs';
import { describe, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp, type Input } from '../../testing/checkOp';
import { layerNormFormula } from '../../testing/formulas';
import { noise } from '../../testing/numbers';
import { addLayerNorm } from './addLayerNorm';

const D = 6;
const EPSILON = 1e-5;
const stream = (seed: number): Input => ({ shape: [2, 3, D], data: noise(6 * D, seed) });
const vector = (seed: number): Input => ({ shape: [D], data: noise(D, seed) });

const sumFormula = (skip: number[], branch: number[], omega: number[]): number[] =>
  skip.map((value, i) => value * omega[i % D]! + branch[i]!);

const ones = new Array<number>(D).fill(1);

/** The parts, by core's layerNorm-free tfjs ops. */
const plain = (skip: tf.Tensor, branch: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor, omega?: tf.Tensor) => {
  const sum = tf.add(omega ? tf.mul(skip, omega) : skip, branch);
  const { mean, variance } = tf.moments(sum, -1, true);
  return tf.add(tf.mul(tf.div(tf.sub(sum, mean), tf.sqrt(tf.add(variance, EPSILON))), gain), bias);
};

onBackends(() => {
  describe('addLayerNorm', () => {
    it('equals LN(shortcut + branch) and its gradients', () => {
      checkOp({
        inputs: [stream(1), stream(2), vector(3), vector(4)],
        op: (skip, branch, gain, bias) =>
          addLayerNorm(skip as tf.Tensor3D, branch as tf.Tensor3D, undefined, {
            gain: gain as tf.Tensor1D,
            bias: bias as tf.Tensor1D,
            epsilon: EPSILON,
          }),
        formula: (skip, branch, gain, bias) =>
          layerNormFormula(sumFormula(skip!, branch!, ones), gain!, bias!, EPSILON),
        plain: (skip, branch, gain, bias) => plain(skip!, branch!, gain!, bias!),
      });
    });

    it('equals LN(omega * shortcut + branch) and its gradients', () => {
      checkOp({
        inputs: [stream(1), stream(2), vector(3), vector(4), vector(5)],
        op: (skip, branch, gain, bias, omega) =>
          addLayerNorm(skip as tf.Tensor3D, branch as tf.Tensor3D, omega as tf.Tensor1D, {
            gain: gain as tf.Tensor1D,
            bias: bias as tf.Tensor1D,
            epsilon: EPSILON,
          }),
        formula: (skip, branch, gain, bias, omega) =>
          layerNormFormula(sumFormula(skip!, branch!, omega!), gain!, bias!, EPSILON),
        plain: (skip, branch, gain, bias, omega) => plain(skip!, branch!, gain!, bias!, omega!),
      });
    });
  });
});
