import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp, type Input } from '../../testing/checkOp';
import { noise } from '../../testing/numbers';
import type { Activation } from '../backend/kernels';
import { linear } from './linear';

const ROWS = 6;
const IN = 5;
const OUT = 7;

const x: Input = { shape: [2, 3, IN], data: noise(ROWS * IN, 1) };
const weight: Input = { shape: [IN, OUT], data: noise(IN * OUT, 2) };
const bias: Input = { shape: [OUT], data: noise(OUT, 3) };

const activations: Record<Activation, (z: number) => number> = {
  none: (z) => z,
  relu: (z) => Math.max(z, 0),
  gelu: (z) => 0.5 * z * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3))),
};

const formula =
  (activation: Activation) =>
  (rows: number[], w: number[], b: number[] = []): number[] =>
    Array.from({ length: ROWS * OUT }, (_, at) => {
      const [m, n] = [Math.floor(at / OUT), at % OUT];
      let z = b[n] ?? 0;
      for (let k = 0; k < IN; k++) z += rows[m * IN + k]! * w[k * OUT + n]!;
      return activations[activation](z);
    });

/** tfjs's own: its gradient of a 2-D product is right. */
const plain =
  (activation: Activation) =>
  (...[rows, w, b]: tf.Tensor[]): tf.Tensor => {
    const product = tf.matMul(tf.reshape<tf.Rank.R2>(rows!, [ROWS, IN]), w as tf.Tensor2D);
    const sum = b ? tf.add(product, b) : product;
    return tf.reshape(activation === 'relu' ? tf.relu(sum) : sum, [2, 3, OUT]);
  };

onBackends(() => {
  describe.each(['none', 'relu', 'gelu'] as const)('linear with activation %s', (activation) => {
    const own = activation === 'gelu' ? {} : { plain: plain(activation) };

    it('equals its formula and its gradients, with bias', () => {
      checkOp({
        inputs: [x, weight, bias],
        op: (a, w, b) => linear(a!, w as tf.Tensor2D, { bias: b as tf.Tensor1D, activation }),
        formula: formula(activation),
        ...own,
      });
    });

    it('equals its formula and its gradients, without bias', () => {
      checkOp({
        inputs: [x, weight],
        op: (a, w) => linear(a!, w as tf.Tensor2D, { activation }),
        formula: formula(activation),
        ...own,
      });
    });
  });

  it('keeps the leading axes', () => {
    const shapes = [[IN], [2, IN], [2, 3, IN], [2, 1, 3, IN]].map((shape) =>
      tf.tidy(() => linear(tf.ones(shape), tf.ones([IN, OUT])).shape),
    );
    expect(shapes).toEqual([[OUT], [2, OUT], [2, 3, OUT], [2, 1, 3, OUT]]);
  });
});
