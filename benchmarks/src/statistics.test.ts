import { describe, expect, it } from 'vitest';
import { fitPower, median, pairedSpeedup, quantile, spread } from './statistics';

describe('quantile', () => {
  // numpy.quantile([3, 1, 4, 1, 5], q)
  it.each([
    [0, 1],
    [0.16, 1],
    [0.5, 3],
    [0.84, 4.36],
    [1, 5],
  ])('%d of 3 1 4 1 5 is %d, as numpy has it', (p, expected) => {
    expect(quantile([3, 1, 4, 1, 5], p)).toBeCloseTo(expected, 12);
  });

  it('takes the middle of two', () => expect(median([2, 1])).toBe(1.5));

  it('refuses nothing at all and impossible probabilities', () => {
    expect(() => quantile([], 0.5)).toThrow('received no values');
    expect(() => quantile([1], 1.1)).toThrow('received p = 1.1');
  });

  it('leaves its input alone', () => {
    const values = [2, 1];
    spread(values);
    expect(values).toEqual([2, 1]);
  });
});

describe('pairedSpeedup', () => {
  it('pairs rounds, so a slow spell cancels', () => {
    expect(pairedSpeedup([1, 10, 2], [2, 20, 4])).toEqual({ median: 2, low: 2, high: 2 });
  });

  it('uses the rounds that both have', () => {
    expect(pairedSpeedup([1], [3, 100])?.median).toBe(3);
    expect(pairedSpeedup([], [3])).toBeUndefined();
  });
});

describe('fitPower', () => {
  it('finds an exact law', () => {
    const x = [1, 2, 4, 8];
    const { exponent, factor, error } = fitPower(
      x,
      x.map((n) => 3 * n ** 1.5),
    );
    expect(exponent).toBeCloseTo(1.5, 12);
    expect(factor).toBeCloseTo(3, 12);
    expect(error).toBeCloseTo(0, 7);
  });

  // scipy.stats.linregress(log([1, 2, 4]), log([1, 3, 7])): slope 1.403677..., stderr 0.104683...
  it('gives the standard error of the slope', () => {
    const { exponent, error } = fitPower([1, 2, 4], [1, 3, 7]);
    expect(exponent).toBeCloseTo(Math.log(7) / Math.log(4), 12);
    expect(error).toBeCloseTo(
      Math.abs(2 * Math.log(3) - Math.log(7)) / Math.sqrt(6) / Math.sqrt(2) / Math.LN2,
      12,
    );
  });

  it('refuses a single x', () => expect(() => fitPower([2, 2], [1, 3])).toThrow('different x'));
});
