import { describe, expect, it } from 'vitest';
import { numbers } from '../testing';
import { onKernels } from './testing';

const values = (n: number, seed: number): Float32Array => {
  const next = numbers(seed);
  return Float32Array.from({ length: n }, next);
};

const squaresOf = (x: Float32Array): number => x.reduce((sum, each) => sum + each * each, 0);

describe.each([0, 1, 3, 4, 7, 8, 9, 12, 15, 1003, 4096])('of %i elements', (n) => {
  const [x, y] = [values(n, 1), values(n, 2)];
  const expected = x.map((each, i) => Math.fround(each + y[i]!));

  it('sumOfSquares is that of double precision', () => {
    const before = x.slice();
    const found = onKernels([x], (k, at) => k.sumOfSquares(at(x), n));
    expect(Math.abs(found - squaresOf(x))).toBeLessThanOrEqual(1e-14 * squaresOf(x));
    expect(x).toEqual(before);
  });

  it('addInto adds, rounding once', () => {
    const sum = x.slice();
    onKernels([sum, y], (k, at) => k.addInto(at(sum), at(y), n));
    expect(sum).toEqual(expected);
  });

  it('addIntoWithSquares does both, to the bit', () => {
    const [sum, other] = [x.slice(), y.slice()];
    const found = onKernels([sum, other], (k, at) => k.addIntoWithSquares(at(sum), at(other), n));
    expect(sum).toEqual(expected);
    expect(other).toEqual(y);
    expect(found).toBe(onKernels([sum], (k, at) => k.sumOfSquares(at(sum), n)));
  });
});

describe('sumOfSquares', () => {
  it.each([0, 5, 17, 18])('passes NaN and infinities on from element %i', (at) => {
    for (const [value, expected] of [
      [NaN, NaN],
      [Infinity, Infinity],
      [-Infinity, Infinity],
    ] as const) {
      const x = values(19, 3);
      x[at] = value;
      expect(onKernels([x], (k, of) => k.sumOfSquares(of(x), 19))).toBe(expected);
    }
  });

  it('neither overflows nor vanishes where floats would', () => {
    for (const each of [1e30, 1e-30]) {
      const x = new Float32Array(11).fill(each);
      const found = onKernels([x], (k, at) => k.sumOfSquares(at(x), 11));
      expect(Math.abs(found / (11 * Math.fround(each) ** 2) - 1)).toBeLessThan(1e-14);
    }
  });
});
