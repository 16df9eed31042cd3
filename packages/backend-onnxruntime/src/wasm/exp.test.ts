import { describe, expect, it } from 'vitest';
import { onKernels } from './testing';

/** e^x of every number: the gradient of cross-entropy at dLoss = 1, log normaliser = 0, label = an added column. */
const exponentials = (x: Float32Array): Float32Array => {
  const logits = Float32Array.from([...x, 0]);
  const labels = new Float32Array(Int32Array.of(x.length).buffer);
  const one = Float32Array.of(1);
  const zero = Float32Array.of(0);
  const out = new Float32Array(logits.length);
  onKernels([logits, labels, one, zero, out], (kernels, at) => {
    kernels.crossEntropyGrad(at(logits), at(labels), at(one), at(zero), 1, logits.length, 0, at(out));
  });
  return out.subarray(0, x.length);
};

describe('exp4', () => {
  it('has a relative error below 2e-7 wherever the result is above 2^-125', () => {
    const x = Float32Array.from({ length: 400_001 }, (_, i) => -86.6 + (i * (88.7 + 86.6)) / 400_000);
    const worst = exponentials(x).reduce((most, y, i) => {
      const exact = Math.exp(x[i]!);
      return Math.max(most, Math.abs(y - exact) / exact);
    }, 0);
    expect(worst).toBeLessThan(2e-7);
    expect(worst).toBeGreaterThan(0);
  });

  it('is exactly 1 at 0, and close to it beside 0', () => {
    expect(Array.from(exponentials(Float32Array.of(0, -0, 1e-8, -1e-8, 1e-40)))).toEqual([1, 1, 1, 1, 1]);
  });

  it.each([
    [-Infinity, 0],
    [-1e9, 0],
    [-3.4e38, 0],
    [-104, 0],
    [-87, 0],
    [Infinity, Infinity],
    [3.4e38, Infinity],
    [88.73, Infinity],
    [NaN, NaN],
  ])('of %d is %d, in every lane', (x, y) => {
    const at = Float32Array.from({ length: 13 }, (_, i) => (i % 3 === 0 ? x : 1));
    const e = Math.fround(Math.E);
    expect(Array.from(exponentials(at))).toEqual(Array.from(at, (_, i) => (i % 3 === 0 ? y : e)));
  });

  it('is finite up to the greatest float', () => {
    const [y] = exponentials(Float32Array.of(88.72283));
    expect(y! / Math.exp(Math.fround(88.72283))).toBeCloseTo(1, 6);
  });
});
