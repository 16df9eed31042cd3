import { describe, expect, it } from 'vitest';
import { onKernels, random } from './testing';

const [NAN, INFINITE] = [Number.NaN, Number.POSITIVE_INFINITY];

const run = (logits: Float32Array, rows: number, count: number) => {
  const columns = logits.length / rows;
  const values = new Float32Array(rows * count).fill(9);
  const indices = new Float32Array(rows * count).fill(9);
  const mass = new Float32Array(rows).fill(9);
  onKernels([logits, values, indices, mass], (kernels, at) => {
    kernels.topLogits(at(logits), rows, columns, count, at(values), at(indices), at(mass));
  });
  return { values, indices: Array.from(new Int32Array(indices.buffer)), mass };
};

describe('topLogits', () => {
  it.each([
    [1, 1, 1],
    [2, 3, 3],
    [3, 8, 2],
    [2, 37, 5],
    [4, 1000, 12],
    [1, 8003, 40],
  ])('of %i rows of %i, the first %i, is what a stable sort gives', (rows, columns, count) => {
    // Rounded, so that many are equal.
    const logits = random(rows * columns, 3, 20).map((x, i) => (i % 2 ? Math.round(x) : x));
    const { values, indices, mass } = run(logits, rows, count);
    for (let row = 0; row < rows; row++) {
      const line = Array.from(logits.subarray(row * columns, (row + 1) * columns), (value, at) => ({
        value,
        at,
      }));
      const sorted = [...line].sort((a, b) => b.value - a.value || a.at - b.at).slice(0, count);
      expect(indices.slice(row * count, (row + 1) * count)).toEqual(sorted.map(({ at }) => at));
      expect(Array.from(values.subarray(row * count, (row + 1) * count))).toEqual(
        sorted.map(({ value }) => value),
      );
      const exact = line.reduce((sum, { value }) => sum + Math.exp(value - sorted[0]!.value), 0);
      expect(Math.abs(mass[row]! / exact - 1)).toBeLessThan(1e-6);
    }
  });

  it.each([NAN, INFINITE])('has no finite mass where a logit is %s', (odd) => {
    for (const place of [0, 5, 32, 46]) {
      const logits = random(47, 1);
      logits[place] = odd;
      expect(Number.isFinite(run(logits, 1, 3).mass[0])).toBe(false);
    }
    expect(Number.isFinite(run(new Float32Array(9).fill(-INFINITE), 1, 2).mass[0])).toBe(false);
  });

  it('leaves out what cannot be', () => {
    const logits = new Float32Array(40).fill(-INFINITE);
    logits[33] = 2;
    logits[7] = 3;
    const { values, indices, mass } = run(logits, 1, 4);
    expect(Array.from(values)).toEqual([3, 2, -INFINITE, -INFINITE]);
    expect(indices).toEqual([7, 33, 0, 0]);
    expect(mass[0]).toBeCloseTo(1 + Math.exp(-1), 6);
  });
});
