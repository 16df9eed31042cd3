import { describe, expect, it } from 'vitest';
import { changingRate, linearRange, type RatePoint, risingRate } from './rateLimits';

/** A parabola whose lowest point is at `best`, and an output that moves in proportion to the rate. */
const parabola = (best: number): RatePoint[] =>
  [1, 2, 4, 8].map((rate) => ({ rate, loss: 1 - 2 * best * rate + rate ** 2, change: rate ** 2 / 100 }));

describe('limits of rates', () => {
  it('finds where a parabola is back at its start between two points, to the last digit', () => {
    expect(risingRate(parabola(1.5), 1)).toBeCloseTo(3, 12);
    expect(risingRate(parabola(5), 1)).toBeNull();
    expect(risingRate(parabola(0.1), 1)).toBe(0);
  });

  it('takes the last rate before a loss that is not finite', () => {
    const points = parabola(5).map((point) => (point.rate > 2 ? { ...point, loss: Number.NaN } : point));
    expect(risingRate(points, 1)).toBe(2);
  });

  it('finds where a power of the rate reaches a limit, before and between points', () => {
    expect(changingRate(parabola(1), 0.09)).toBeCloseTo(3, 12);
    expect(changingRate(parabola(1), 0.0025)).toBeCloseTo(0.5, 12);
    expect(changingRate(parabola(1), 1)).toBeNull();
  });

  it('ends the linear range where the output bends by a tenth', () => {
    expect(linearRange(parabola(1))).toEqual([1, 8]);
    const bent = parabola(1).map((point) => (point.rate === 8 ? { ...point, change: 0.5 } : point));
    expect(linearRange(bent)).toEqual([1, 4]);
  });
});
