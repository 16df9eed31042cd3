import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { meanOverTokens } from './tokens';

it('is the mean over the tokens that count, whatever pads hold, and leaves no tensor', () => {
  const values = tf.tensor2d([1, 2, Number.NaN, 6, Number.POSITIVE_INFINITY, 0], [2, 3]);
  const mask = tf.tensor2d([1, 1, 0, 1, 0, 0], [2, 3]);
  const before = tf.memory().numTensors;
  const mean = meanOverTokens(values, mask);
  expect(tf.memory().numTensors).toBe(before + 1);
  expect(mean.dataSync()[0]).toBe(3);
  expect(meanOverTokens(values, undefined).dataSync()[0]).toBeNaN();
});
