import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { variance } from '../../testing/numbers';
import { randomStream } from '../random/random';
import { centred, mean, meanOverTokens, pooledVariance, standardError, tokenVariance } from './statistics';

const numbers = Array.from(randomStream(2).normal(2 * 3 * 4, 5, 2));
const token = (t: number): number[] => numbers.slice(4 * t, 4 * t + 4);
const mask = () => tf.tensor2d([1, 1, 0, 1, 0, 0], [2, 3]);

it('mean and standard error of numbers', () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect(mean([])).toBeNaN();
  expect(standardError([1, 2, 6])).toBeCloseTo(Math.sqrt(7 / 3), 12); // deviation sqrt(7)
  expect(standardError([4])).toBeNull();
});

describe('of streams', () => {
  it('the pooled variance is of all elements, or those of the tokens that count, and leaves no tensor', () => {
    const [x, real] = [tf.tensor3d(numbers, [2, 3, 4]), mask()];
    const before = tf.memory().numTensors;
    const [all, some] = [pooledVariance(x), pooledVariance(x, real)];
    expect(tf.memory().numTensors).toBe(before + 2);
    expect(all.dataSync()[0]).toBeCloseTo(variance(numbers), 4);
    expect(some.dataSync()[0]).toBeCloseTo(variance([0, 1, 3].flatMap(token)), 4);
  });

  it('the variance of tokens is about each one’s own mean', () => {
    const [x, real] = [tf.tensor3d(numbers, [2, 3, 4]), mask()];
    const before = tf.memory().numTensors;
    const [all, some, around] = [tokenVariance(x), tokenVariance(x, real), centred(x)];
    expect(tf.memory().numTensors).toBe(before + 3);
    const of = (tokens: readonly number[]) => mean(tokens.map((t) => variance(token(t))));
    expect(all.dataSync()[0]).toBeCloseTo(of([0, 1, 2, 3, 4, 5]), 4);
    expect(some.dataSync()[0]).toBeCloseTo(of([0, 1, 3]), 4);
    const expected = [0, 1, 2, 3, 4, 5].flatMap((t) => token(t).map((value) => value - mean(token(t))));
    expect(Math.max(...around.dataSync().map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(
      1e-5,
    );
  });

  it('take no notice of what pads hold', () => {
    const x = tf.tensor3d(
      numbers.map((value, at) => (at < 12 ? value : at % 2 === 0 ? Number.NaN : Number.POSITIVE_INFINITY)),
      [2, 3, 4],
    );
    const real = tf.tensor2d([1, 1, 1, 0, 0, 0], [2, 3]);
    expect(pooledVariance(x, real).dataSync()[0]).toBeCloseTo(variance(numbers.slice(0, 12)), 4);
    const each = mean([0, 1, 2].map((t) => variance(token(t))));
    expect(tokenVariance(x, real).dataSync()[0]).toBeCloseTo(each, 4);
  });

  it('the mean over tokens is that of those that count, whatever pads hold, and leaves no tensor', () => {
    const [values, real] = [tf.tensor2d([1, 2, Number.NaN, 6, Number.POSITIVE_INFINITY, 0], [2, 3]), mask()];
    const before = tf.memory().numTensors;
    const found = meanOverTokens(values, real);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(found.dataSync()[0]).toBe(3);
    expect(meanOverTokens(values).dataSync()[0]).toBeNaN();
  });
});
