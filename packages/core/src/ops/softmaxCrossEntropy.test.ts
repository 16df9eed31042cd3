import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { maxError, noise, read } from '../../testing/numbers';
import { softmaxCrossEntropy as checked } from './checked';
import { masked } from './masked';
import { softmaxCrossEntropy } from './softmaxCrossEntropy';

const M = 4;
const V = 7;
const LABELS = [3, 0, 6, 3];
const logits = { shape: [M, V], data: noise(M * V, 1, 3) };

const formula =
  (smoothing: number) =>
  (x: number[] = []): number[] =>
    LABELS.map((label, m) => {
      const row = x.slice(m * V, (m + 1) * V);
      const logSum = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
      const all = row.reduce((sum, value) => sum + logSum - value, 0);
      return (1 - smoothing) * (logSum - row[label]!) + (smoothing / V) * all;
    });

onBackends(() => {
  describe.each([0, 0.1])('softmaxCrossEntropy, smoothing %d', (smoothing) => {
    it('equals its formula and its gradient', () => {
      const labels = tf.tensor1d(LABELS, 'int32');
      checkOp({
        inputs: [logits],
        // The nll beside the loss would stay: it is the caller's.
        op: (x) => tf.tidy(() => softmaxCrossEntropy(x as tf.Tensor2D, labels, smoothing).loss),
        formula: formula(smoothing),
        plain: (x) => {
          const logP = tf.logSoftmax(x as tf.Tensor2D);
          const target = tf.add(tf.mul(tf.oneHot(labels, V), 1 - smoothing), smoothing / V);
          return tf.neg(tf.sum(tf.mul(logP, target), 1));
        },
      });
      labels.dispose();
    });

    it('gives the plain negative log-likelihood beside the loss', () => {
      const x = tf.tensor2d(logits.data, [M, V]);
      const labels = tf.tensor1d(LABELS, 'int32');
      const { loss, nll } = softmaxCrossEntropy(x, labels, smoothing);
      expect(maxError(read(nll), formula(0)(logits.data))).toBeLessThan(1e-5);
      expect(leftovers(() => ({ ...softmaxCrossEntropy(x, labels, smoothing) }))).toBe(0);
      tf.dispose([x, labels, loss, nll]);
    });

    it('stays finite for huge logits', () => {
      const x = tf.tensor2d([1e4, -1e4, 0, 1e4], [2, 2]);
      const labels = tf.tensor1d([0, 0], 'int32');
      const { loss, nll } = softmaxCrossEntropy(x, labels, smoothing);
      expect(read(nll)).toEqual([0, 1e4]);
      expect(read(loss).every(Number.isFinite)).toBe(true);
      tf.dispose([x, labels, loss, nll]);
    });
  });

  describe('softmaxCrossEntropy at the edges', () => {
    const row = [Number.NEGATIVE_INFINITY, 0, 1, 2];
    const twoRows = (): [tf.Tensor2D, tf.Tensor1D] => [
      tf.tensor2d([...row, ...row], [2, 4]),
      tf.tensor1d([3, 0], 'int32'),
    ];

    // PyTorch's cross_entropy, and its gradient.
    it('is no NaN where a token is excluded by a logit of -Infinity', () => {
      const [x, labels] = twoRows();
      const { loss, nll } = softmaxCrossEntropy(x, labels, 0);
      for (const rows of [loss, nll]) {
        expect(read(rows)[0]).toBeCloseTo(0.40760596, 6);
        expect(read(rows)[1]).toBe(Number.POSITIVE_INFINITY);
      }
      const smoothed = softmaxCrossEntropy(x, labels, 0.1);
      expect(read(smoothed.loss)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
      expect(read(smoothed.nll)[0]).toBeCloseTo(0.40760596, 6);
      const gradient = tf.grad((z) => tf.sum(softmaxCrossEntropy(z as tf.Tensor2D, labels, 0).loss))(x);
      const expected = [0, 0.09003057, 0.24472848, -0.33475906, -1, 0.09003057, 0.24472848, 0.66524094];
      expect(maxError(read(gradient), expected)).toBeLessThan(1e-6);
      tf.dispose([x, labels, loss, nll, smoothed.loss, smoothed.nll, gradient]);
    });

    it('gives no gradient to a row that is masked, whatever it holds', () => {
      const values = [0, 0, Number.NaN, 1, Number.POSITIVE_INFINITY, 1, ...new Array(2).fill(-Infinity)];
      const x = tf.tensor2d(values, [4, 2]);
      const [labels, real] = [tf.tensor1d([0, 0, 1, 0], 'int32'), tf.tensor1d([1, 0, 0, 0])];
      const { value, grad } = tf.valueAndGrad((z) =>
        tf.sum(masked(softmaxCrossEntropy(z as tf.Tensor2D, labels, 0.1).loss, real)),
      )(x);
      expect(read(value)[0]).toBeCloseTo(Math.LN2, 6);
      expect(read(grad)[0]).toBeCloseTo(-0.45, 6);
      expect(read(grad)[1]).toBeCloseTo(0.45, 6);
      expect(read(grad).slice(2)).toEqual([0, 0, 0, 0, 0, 0]);
      tf.dispose([x, labels, real, value, grad]);
    });

    it.each<[string, () => tf.Tensor1D, string]>([
      [
        'beyond the vocabulary',
        () => tf.tensor1d([0, 4], 'int32'),
        'softmaxCrossEntropy() label: received 4, allowed 0 to 3. Encode the text',
      ],
      [
        'below zero',
        () => tf.tensor1d([-1, 0], 'int32'),
        'softmaxCrossEntropy() label: received -1, allowed 0 to 3. Encode the text',
      ],
      [
        'too few',
        () => tf.tensor1d([0], 'int32'),
        'softmaxCrossEntropy() labels: received int32 of shape [1], allowed as many as the 2 rows of the logits.',
      ],
      [
        'of no whole numbers',
        () => tf.tensor1d([0, 1]),
        'softmaxCrossEntropy() labels: received float32 of shape [2], expected int32 [rows], no axis empty.',
      ],
    ])('refuses labels %s', (_what, make, message) => {
      const [x, good] = twoRows();
      const labels = make();
      expect(leftovers(() => void expect(() => checked(x, labels)).toThrow(message) as never)).toBe(0);
      tf.dispose([x, good, labels]);
    });
  });
});
