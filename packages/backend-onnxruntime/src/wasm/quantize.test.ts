import { describe, expect, it } from 'vitest';
import { onKernels, random } from './testing';

const SHAPES = [
  [1, 1],
  [3, 2],
  [5, 4],
  [2, 16],
  [3, 21],
  [7, 64],
  [2, 131],
] as const;

/** Bytes of rows, in an array of the kernels' own element. */
const quantize = (x: Float32Array, rows: number, levels: number) => {
  const columns = x.length / rows;
  const q = new Float32Array(Math.ceil((rows * columns) / 4));
  const scales = new Float32Array(rows);
  onKernels([x, q, scales], (kernels, at) =>
    kernels.quantizeRows(at(x), rows, columns, levels, at(q), at(scales)),
  );
  return { q: Array.from(new Uint8Array(q.buffer, 0, rows * columns)), scales };
};

describe.each(SHAPES)('%i rows of %i', (rows, columns) => {
  it.each([127, 63])('quantizeRows is within half a step of each number, of %i', (levels) => {
    const x = random(rows * columns, 1, 3);
    const { q, scales } = quantize(x, rows, levels);
    for (let row = 0; row < rows; row++) {
      const line = Array.from(x.subarray(row * columns, (row + 1) * columns));
      expect(scales[row]).toBe(Math.fround(Math.max(...line.map(Math.abs)) / levels));
      for (const [j, value] of line.entries()) {
        const level = q[row * columns + j]! - levels - 1;
        expect(Math.abs(level)).toBeLessThanOrEqual(levels);
        expect(Math.abs(level * scales[row]! - value)).toBeLessThanOrEqual(0.50001 * scales[row]!);
      }
    }
  });

  it('scaleBias scales, adds and cuts off', () => {
    const [z, scales, bias] = [random(rows * columns, 2), random(rows, 3), random(columns, 4)];
    for (const biased of [false, true]) {
      for (const relu of [false, true]) {
        const out = z.slice();
        onKernels([out, scales, bias], (kernels, at) =>
          kernels.scaleBias(at(out), at(scales), biased, at(bias), relu, rows, columns),
        );
        out.forEach((received, at) => {
          const scaled = Math.fround(z[at]! * scales[Math.floor(at / columns)]!);
          const sum = biased ? Math.fround(scaled + bias[at % columns]!) : scaled;
          expect(received).toBe(relu ? Math.max(sum, 0) || 0 : sum);
        });
      }
    }
  });
});

it('gives zeros for a row of zeros, and the scale of what is not finite', () => {
  const x = Float32Array.from([0, 0, 0, 1, Number.NaN, 2, 3, Number.NEGATIVE_INFINITY, 1]);
  const { q, scales } = quantize(x, 3, 127);
  expect(q.slice(0, 3)).toEqual([128, 128, 128]);
  expect(Array.from(scales)).toEqual([0, Number.NaN, Number.POSITIVE_INFINITY]);
});
