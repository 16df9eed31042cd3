import { describe, expect, it } from 'vitest';
import { largest, mean, variance } from '../../testing/numbers';
import { randomStream } from '../random/random';
import { scaleColumns, uniform, xavier } from './initializers';

describe('xavier', () => {
  it.each([1, 0.5])('has variance gain^2 2 / (fanIn + fanOut), gain %d', (gain) => {
    const numbers = uniform(randomStream(1), 60_000, xavier(300, 200, gain));
    const expected = (gain ** 2 * 2) / 500;
    expect(Math.abs(variance(numbers) / expected - 1)).toBeLessThan(0.03);
    expect(Math.abs(mean(numbers))).toBeLessThan(0.02 * Math.sqrt(expected));
    expect(largest(numbers)).toBeLessThanOrEqual(Math.fround(Math.sqrt(3 * expected)));
  });
});

describe('scaleColumns', () => {
  it('multiplies the columns named, in place', () => {
    const matrix = Float32Array.of(1, 2, 3, 4, 5, 6);
    scaleColumns(matrix, 3, 1, 2, 10);
    expect(Array.from(matrix)).toEqual([1, 20, 30, 4, 50, 60]);
  });
});
