import { describe, expect, it } from 'vitest';
import { onKernels, random } from './testing';

type Kind = 'reluGrad' | 'geluGrad';

/** The slope in float64. */
const SLOPES: Readonly<Record<Kind, (x: number) => number>> = {
  reluGrad: (y) => (y > 0 ? 1 : 0),
  geluGrad: (z) => {
    const a = 2 * Math.sqrt(2 / Math.PI);
    const s = 1 / (1 + Math.exp(-z * a * (1 + 0.044715 * z * z)));
    return s * (1 + z * a * (1 + 3 * 0.044715 * z * z) * (1 - s));
  },
};

const run = (kind: Kind, dy: Float32Array, saved: Float32Array, columns: number, inPlace = false) => {
  const dz = inPlace ? dy.slice() : new Float32Array(dy.length);
  const dBias = new Float32Array(columns).fill(3);
  const from = inPlace ? dz : dy;
  onKernels([...(inPlace ? [] : [dy]), saved, dz, dBias], (kernels, at) => {
    kernels[kind](at(from), at(saved), dy.length / columns, columns, at(dz), at(dBias));
  });
  return { dz, dBias };
};

describe.each(['reluGrad', 'geluGrad'] as const)('%s', (kind) => {
  it.each([
    [1, 1],
    [3, 2],
    [5, 3],
    [4, 4],
    [7, 5],
    [9, 16],
    [6, 31],
    [130, 258],
    [4096, 7],
  ])('of %i rows of %i is the formula, also in place', (rows, columns) => {
    const dy = random(rows * columns, 1, 1);
    const saved = random(rows * columns, 2, 6);
    const { dz, dBias } = run(kind, dy, saved, columns);
    let worst = 0;
    const exact = new Float64Array(columns);
    const size = new Float64Array(columns);
    dz.forEach((received, i) => {
      const d = dy[i]! * SLOPES[kind](saved[i]!);
      worst = Math.max(worst, Math.abs(received - d));
      exact[i % columns]! += d;
      size[i % columns]! += Math.abs(d);
    });
    expect(worst).toBeLessThan(1e-6);
    dBias.forEach((received, j) => {
      expect(Math.abs(received - exact[j]!)).toBeLessThan(2e-6 * size[j]! + 1e-6);
    });
    const again = run(kind, dy, saved, columns, true);
    expect(again.dz).toEqual(dz);
    expect(again.dBias).toEqual(dBias);
  });

  it('is NaN where either is not a number, and only there', () => {
    const dy = Float32Array.of(1, NaN, 1, 2, 3);
    const saved = Float32Array.of(1, 1, kind === 'reluGrad' ? 1 : NaN, -40, 30);
    const { dz, dBias } = run(kind, dy, saved, 5);
    const nan = Array.from(dz, Number.isNaN);
    expect(nan).toEqual([false, true, kind === 'geluGrad', false, false]);
    expect(dz[3]).toBeCloseTo(0, 12);
    expect(dz[4]).toBe(3);
    expect(Array.from(dBias, Number.isNaN)).toEqual(nan);
  });
});

describe('at the edges', () => {
  // As a product of the two, which tfjs's own gradient is.
  it.each([
    [Infinity, 0, NaN],
    [-Infinity, -1, NaN],
    [Infinity, 1, Infinity],
    [2, 0, 0],
    [2, -0, 0],
    [2, 1e-45, 2],
    [2, Infinity, 2],
  ])('relu: dy %d, y %d gives %d', (dy, y, dz) => {
    for (const size of [3, 9]) {
      const received = run('reluGrad', new Float32Array(size).fill(dy), new Float32Array(size).fill(y), size);
      expect(received.dz).toEqual(new Float32Array(size).fill(dz));
    }
  });

  it('gelu: beyond what its cube can hold the slope is NaN', () => {
    const { dz } = run('geluGrad', new Float32Array(6).fill(1), new Float32Array(6).fill(Infinity), 6);
    expect(dz.every(Number.isNaN)).toBe(true);
  });
});
