import { describe, expect, it } from 'vitest';
import { evenStretch, sumOfSquares } from './flat';

describe('evenStretch', () => {
  it.each([
    [1, 1],
    [10, 3],
    [1000, 3],
    [1003, 2],
    [64, 4],
  ])('divides %i elements among %i without gap or overlap, at cache lines', (size, count) => {
    let next = 0;
    for (let which = 0; which < count; which++) {
      const { from, to } = evenStretch(size, count, which);
      expect(from).toBe(next);
      expect(to).toBeGreaterThanOrEqual(from);
      if (to < size) expect(to % 16).toBe(0);
      next = to;
    }
    expect(next).toBe(size);
  });
});

describe('sumOfSquares', () => {
  it.each([0, 1, 3, 4, 7])('counts each of %i elements once', (count) => {
    const x = Float32Array.from({ length: count }, (_, i) => i + 1);
    expect(sumOfSquares(x)).toBe((count * (count + 1) * (2 * count + 1)) / 6);
  });

  it('adds in double precision', () => {
    expect(sumOfSquares(Float32Array.of(2 ** 13, 1))).toBe(2 ** 26 + 1);
  });
});
