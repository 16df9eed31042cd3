import { describe, expect, it } from 'vitest';
import { close, onKernels, random as values } from './testing';

const EPSILON = 1e-6;

const meanOf = (n: number, f: (i: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += f(i);
  return sum / n;
};

describe.each([
  [1, 1],
  [2, 3],
  [5, 7],
  [2, 12],
  [33, 64],
  [7, 257],
] as const)('rms norm of %i rows of %i', (rows, width) => {
  const size = rows * width;
  const [x, dy, gain] = [values(size, 1), values(size, 2), values(width, 3)];
  const inverses = Array.from({ length: rows }, (_, r) => {
    const square = meanOf(width, (j) => x[r * width + j]! ** 2);
    return 1 / Math.sqrt(square + EPSILON);
  });
  const normals = Array.from(x, (each, i) => each * inverses[Math.floor(i / width)]!);
  const [y, normalised, inverse] = [size, size, rows].map((n) => new Float32Array(n));
  onKernels([x, gain, y!, normalised!, inverse!], (k, at) =>
    k.rmsNorm(at(x), at(gain), at(y!), at(normalised!), at(inverse!), rows, width, EPSILON),
  );

  it('gives what the gradient needs, too', () => {
    close(inverse!, inverses, 1e-6);
    close(normalised!, normals, 1e-6);
    const expected = normals.map((each, i) => each * gain[i % width]!);
    close(y!, expected, 1e-6);
  });

  it('has the gradient of the formula', () => {
    const [dx, dGain] = [new Float32Array(size).fill(9), new Float32Array(width).fill(9)];
    onKernels([dy, normalised!, inverse!, gain, dx, dGain], (k, at) =>
      k.rmsNormGrad(
        ...([at(dy), at(normalised!), at(inverse!), at(gain)] as const),
        ...([at(dx), at(dGain), rows, width] as const),
      ),
    );
    const expected: number[] = [];
    for (let r = 0; r < rows; r++) {
      const from = r * width;
      const slope = meanOf(width, (j) => dy[from + j]! * gain[j]! * normals[from + j]!);
      for (let j = 0; j < width; j++) {
        expected.push((dy[from + j]! * gain[j]! - normals[from + j]! * slope) * inverses[r]!);
      }
    }
    // Of one feature nearly nothing is left: the rounding of numbers as large as dy times inverse.
    if (width > 1) close(dx, expected, 3e-6);
    else expect(Math.abs(dx[0]! - expected[0]!)).toBeLessThan(1e-6 * Math.abs(dy[0]! * inverses[0]!));
    const sums = Array.from(gain, (_, j) =>
      normals.reduce((sum, each, i) => (i % width === j ? sum + each * dy[i]! : sum), 0),
    );
    close(dGain, sums, 3e-6);
  });
});

describe('rms norm at the edges', () => {
  it.each([
    [NaN, NaN, NaN],
    [Infinity, 0, NaN],
  ])('passes %d on within its row as the formula does', (value, others, own) => {
    const x = values(27, 1);
    x[9 + 5] = value;
    const gain = new Float32Array(9).fill(1);
    const [y, n, inverse] = [27, 27, 3].map((size) => new Float32Array(size));
    onKernels([x, gain, y!, n!, inverse!], (k, at) =>
      k.rmsNorm(at(x), at(gain), at(y!), at(n!), at(inverse!), 3, 9, EPSILON),
    );
    expect(Array.from(y!.subarray(9, 18), Math.abs)).toEqual(
      Array.from({ length: 9 }, (_, j) => (j === 5 ? own : others)),
    );
    expect([...y!.subarray(0, 9), ...y!.subarray(18)].every(Number.isFinite)).toBe(true);
  });
});
