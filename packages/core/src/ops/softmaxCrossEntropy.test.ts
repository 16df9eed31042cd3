import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { maxError, noise, read } from '../../testing/numbers';
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
});
