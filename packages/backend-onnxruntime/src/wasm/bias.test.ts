import { describe, expect, it } from 'vitest';
import { onKernels, random } from './testing';

const SHAPES = [
  [1, 1],
  [3, 2],
  [5, 3],
  [4, 4],
  [7, 5],
  [9, 16],
  [6, 31],
  [130, 258],
  [4096, 7],
] as const;

const biased = (kernel: 'addBias' | 'biasRelu', z: Float32Array, bias: Float32Array): Float32Array => {
  const out = z.slice();
  onKernels([out, bias], (kernels, at) => {
    kernels[kernel](at(out), at(bias), z.length / bias.length, bias.length);
  });
  return out;
};

describe.each(SHAPES)('%i rows of %i', (rows, columns) => {
  const x = random(rows * columns, 1);
  const bias = random(columns, 2);
  const sum = x.map((value, i) => value + bias[i % columns]!);

  it('addBias adds up as float32 does', () => {
    expect(biased('addBias', x, bias)).toEqual(sum);
  });

  it('biasRelu is that, or 0', () => {
    expect(biased('biasRelu', x, bias)).toEqual(sum.map((value) => Math.max(value, 0)));
  });

  it('columnSums adds up the rows, the same on every call', () => {
    const sums = new Float32Array(columns).fill(7);
    const again = new Float32Array(columns);
    onKernels([x, sums, again], (kernels, at) => {
      kernels.columnSums(at(x), rows, columns, at(sums));
      kernels.columnSums(at(x), rows, columns, at(again));
    });
    expect(again).toEqual(sums);
    sums.forEach((received, j) => {
      let exact = 0;
      let size = 0;
      for (let i = 0; i < rows; i++) {
        exact += x[i * columns + j]!;
        size += Math.abs(x[i * columns + j]!);
      }
      expect(Math.abs(received - exact)).toBeLessThan(1e-6 * size);
    });
  });
});

describe('what is not finite', () => {
  it.each([
    [NaN, 1, NaN],
    [Infinity, -Infinity, NaN],
    [Infinity, 1, Infinity],
    [-Infinity, 1, 0],
  ])('biasRelu of %d + %d is %d', (z, bias, y) => {
    for (const columns of [1, 7]) {
      const rows = biased(
        'biasRelu',
        new Float32Array(2 * columns).fill(z),
        new Float32Array(columns).fill(bias),
      );
      expect(rows.every((value) => Object.is(value, y))).toBe(true);
    }
  });

  it('stays in its own column', () => {
    const x = new Float32Array(9 * 6).fill(1);
    x[2 * 6 + 1] = NaN;
    x[7 * 6 + 5] = Infinity;
    const sums = new Float32Array(6);
    onKernels([x, sums], (kernels, at) => kernels.columnSums(at(x), 9, 6, at(sums)));
    expect(Array.from(sums)).toEqual([9, NaN, 9, 9, 9, Infinity]);
  });

  it('no rows add up to 0', () => {
    const [x, sums] = [new Float32Array(0), new Float32Array(5).fill(1)];
    onKernels([x, sums], (kernels, at) => kernels.columnSums(at(x), 0, 5, at(sums)));
    expect(Array.from(sums)).toEqual([0, 0, 0, 0, 0]);
  });
});
