import { randomStream } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { pooledVariance } from './variance';

const numbers = Array.from(randomStream(2).normal(2 * 3 * 4, 5, 2));

const populationVariance = (values: readonly number[]): number => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
};

it('pools all elements, or those of the tokens that count, and leaves no tensor', () => {
  const x = tf.tensor3d(numbers, [2, 3, 4]);
  const mask = tf.tensor2d([1, 1, 0, 1, 0, 0], [2, 3]);
  const before = tf.memory().numTensors;
  const [all, real] = [pooledVariance(x), pooledVariance(x, mask)];
  expect(tf.memory().numTensors).toBe(before + 2);
  expect(all.dataSync()[0]).toBeCloseTo(populationVariance(numbers), 4);
  const kept = [...numbers.slice(0, 8), ...numbers.slice(12, 16)];
  expect(real.dataSync()[0]).toBeCloseTo(populationVariance(kept), 4);
});

it('takes no notice of what pads hold', () => {
  const x = tf.tensor3d(
    numbers.map((value, at) => (at < 12 ? value : at % 2 === 0 ? Number.NaN : Number.POSITIVE_INFINITY)),
    [2, 3, 4],
  );
  const mask = tf.tensor2d([1, 1, 1, 0, 0, 0], [2, 3]);
  expect(pooledVariance(x, mask).dataSync()[0]).toBeCloseTo(populationVariance(numbers.slice(0, 12)), 4);
});
