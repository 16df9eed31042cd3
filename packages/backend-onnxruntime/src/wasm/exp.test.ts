import { describe, expect, it } from 'vitest';
import { onKernels } from './testing';

/** [e^x_1, ..] / (1 + e^x_1 + ..) and 1 over that sum: a row of attention whose first score is 0. */
const softmax = (x: readonly number[]): { first: number; rest: Float32Array } => {
  const row = Float32Array.of(0, ...x);
  onKernels([row], (kernels, at) => {
    kernels.attentionSoftmax(at(row), 1, 1, 1, row.length, false, false, 0, 0, 0, 0, false, 0, 0, 0, 0);
  });
  return { first: row[0]!, rest: row.subarray(1) };
};

describe('exp4', () => {
  it('has a relative error below 2e-7, beside the rounding of a quotient, above 2^-125', () => {
    let worst = 0;
    // So few at a time that the sum stays close to 1 and no quotient is denormal.
    for (let from = 0; from < 200_000; from += 500) {
      const x = Array.from({ length: 500 }, (_, i) => Math.fround(((from + i) * -86) / 200_000));
      const { first, rest } = softmax(x);
      rest.forEach((p, i) => {
        if (p > 1e-37) worst = Math.max(worst, Math.abs(p / first / Math.exp(x[i]!) - 1));
      });
    }
    expect(worst).toBeLessThan(3.2e-7);
    expect(worst).toBeGreaterThan(0);
  });

  it('is 1 at 0 and beside it', () => {
    const { first, rest } = softmax([0, -0, -1e-8, -1e-40, 0, 0, 0]);
    expect(first).toBe(0.125);
    expect(Array.from(rest)).toEqual(Array(7).fill(0.125));
  });

  it.each([-Infinity, -3.4e38, -1e9, -104, -88, -87.2])('is 0 at %d, in every lane', (x) => {
    const { first, rest } = softmax(Array.from({ length: 13 }, (_, i) => (i % 3 === 0 ? x : 0)));
    expect(first).toBe(Math.fround(1 / 9));
    expect(Array.from(rest)).toEqual(Array.from(rest, (_, i) => (i % 3 === 0 ? 0 : first)));
  });
});
