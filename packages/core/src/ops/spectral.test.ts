import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { maxError, noise, read } from '../../testing/numbers';
import { limitedLength, unitLength } from './lengths';
import { spectralCap, spectralNormalize } from './spectral';

type Matrix = readonly (readonly number[])[];

/** An orthogonal matrix as a product of reflections. */
const orthogonal = (size: number, seed: number): Matrix => {
  let q: number[][] = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => +(i === j)),
  );
  for (let k = 0; k < 4; k++) {
    const v = noise(size, seed + k);
    const square = v.reduce((sum, value) => sum + value * value, 0);
    q = q.map((row) => {
      const along = (2 * row.reduce((sum, value, j) => sum + value * v[j]!, 0)) / square;
      return row.map((value, j) => value - along * v[j]!);
    });
  }
  return q;
};

/** U S V^T, [rows, columns]. */
const withValues = (rows: number, columns: number, values: readonly number[]): number[] => {
  const [u, v] = [orthogonal(rows, 3), orthogonal(columns, 50)];
  return Array.from({ length: rows * columns }, (_, at) =>
    values.reduce(
      (sum, value, k) => sum + u[Math.floor(at / columns)]![k]! * value * v[at % columns]![k]!,
      0,
    ),
  );
};

const VALUES = [7, 2.5, 1.2, 0.9, 0.3, 0.01];

onBackends(() => {
  describe('spectralCap', () => {
    it.each([
      [6, 9],
      [9, 6],
      [6, 6],
    ])('caps the singular values of a matrix [%i, %i] and leaves its directions', (rows, columns) => {
      for (const bound of [1, 2]) {
        const x = tf.tensor2d(withValues(rows, columns, VALUES), [rows, columns]);
        const expected = withValues(
          rows,
          columns,
          VALUES.map((value) => Math.min(value, bound)),
        );
        const found = spectralCap(x, bound);
        expect(maxError(read(found), expected)).toBeLessThan(2e-3);
        expect(maxError(read(x), expected)).toBeGreaterThan(1);
        tf.dispose([x, found]);
      }
    });

    it('leaves zeros, gives the same bits again and no tensor beside', () => {
      const zeros = tf.zeros<tf.Rank.R2>([3, 4]);
      const x = tf.tensor2d(noise(12, 1), [3, 4]);
      const [none, once, again] = [spectralCap(zeros, 1), spectralCap(x, 0.5), spectralCap(x, 0.5)];
      expect(read(none)).toEqual(read(zeros));
      expect(read(again)).toEqual(read(once));
      expect(leftovers(() => spectralCap(x, 1))).toBe(0);
      tf.dispose([zeros, x, none, once, again]);
    });
  });

  describe('spectralNormalize', () => {
    it('divides by the largest singular value over the bound, where it is above', () => {
      const numbers = withValues(6, 9, VALUES);
      const x = tf.tensor2d(numbers, [6, 9]);
      const [two, ten] = [spectralNormalize(x, 2), spectralNormalize(x, 10)];
      expect(
        maxError(
          read(two),
          numbers.map((value) => (value * 2) / 7),
        ),
      ).toBeLessThan(1e-5);
      expect(read(ten)).toEqual(read(x));
      expect(leftovers(() => spectralNormalize(x, 1))).toBe(0);
      tf.dispose([x, two, ten]);
    });
  });

  describe('unitLength and limitedLength', () => {
    it('give vectors along an axis their length, and leave zeros', () => {
      const x = tf.tensor2d([3, 4, 0, 0, 0.3, 0.4], [3, 2]);
      const [unit, limited, columns] = [unitLength(x, 1), limitedLength(x, 1, 1), unitLength(x, 0)];
      expect(maxError(read(unit), [0.6, 0.8, 0, 0, 0.6, 0.8])).toBeLessThan(1e-6);
      expect(maxError(read(limited), [0.6, 0.8, 0, 0, 0.3, 0.4])).toBeLessThan(1e-6);
      const [a, b] = [Math.hypot(3, 0.3), Math.hypot(4, 0.4)];
      expect(maxError(read(columns), [3 / a, 4 / b, 0, 0, 0.3 / a, 0.4 / b])).toBeLessThan(1e-6);
      expect(leftovers(() => [unitLength(x, 1), limitedLength(x, 0, 2)])).toBe(0);
      tf.dispose([x, unit, limited, columns]);
    });
  });
});

describe('mistakes', () => {
  it('are named', () => {
    const x = tf.zeros<tf.Rank.R2>([2, 2]);
    expect(() => spectralCap(x, 0)).toThrow('spectralCap() bound: received 0, allowed numbers > 0');
    expect(() => spectralNormalize(tf.zeros([2]) as never, 1)).toThrow('spectralNormalize() matrix');
    x.dispose();
  });
});
