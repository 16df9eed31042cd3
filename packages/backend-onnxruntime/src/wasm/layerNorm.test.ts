import { describe, expect, it } from 'vitest';
import { close, onKernels, random as values } from './testing';

const EPSILON = 1e-5;

const mean = (x: readonly number[]): number => x.reduce((sum, each) => sum + each, 0) / x.length;

interface Sizes {
  readonly rows: number;
  readonly width: number;
}

/** Row by row in double precision: [y, normalised, inverse]. */
const norm = (x: readonly number[], gain: Float32Array, bias: Float32Array, { rows, width }: Sizes) => {
  const [y, normalised, inverse]: number[][] = [[], [], []];
  for (let r = 0; r < rows; r++) {
    const row = x.slice(r * width, (r + 1) * width);
    const centre = mean(row);
    const own = 1 / Math.sqrt(mean(row.map((each) => (each - centre) ** 2)) + EPSILON);
    inverse!.push(own);
    for (const [j, each] of row.entries()) {
      normalised!.push((each - centre) * own);
      y!.push((each - centre) * own * gain[j]! + bias[j]!);
    }
  }
  return [y!, normalised!, inverse!];
};

const sizes: readonly Sizes[] = [
  { rows: 1, width: 1 },
  { rows: 2, width: 3 },
  { rows: 3, width: 4 },
  { rows: 5, width: 7 },
  { rows: 2, width: 12 },
  { rows: 33, width: 64 },
  { rows: 7, width: 257 },
];

describe.each(sizes)('layer norm of $rows rows of $width', (size) => {
  const { rows, width } = size;
  const [gain, bias, omega] = [values(width, 1), values(width, 2), values(width, 3)];
  const [x, branch] = [values(rows * width, 4), values(rows * width, 5)];
  const forms = {
    plain: (i: number) => x[i]!,
    sum: (i: number) => x[i]! + branch[i]!,
    'scaled sum': (i: number) => omega[i % width]! * x[i]! + branch[i]!,
  } as const;
  type Form = keyof typeof forms;

  const forward = (form: Form): Float32Array[] => {
    const outs = [rows * width, rows * width, rows].map((n) => new Float32Array(n));
    const ins = { plain: [x], sum: [x, branch], 'scaled sum': [x, branch, omega] }[form];
    onKernels([...ins, gain, bias, ...outs], (k, at) => {
      const [y, n, r] = outs.map(at) as [number, number, number];
      const last = [at(gain), at(bias), y, n, r, rows, width, EPSILON] as const;
      if (form === 'plain') k.layerNorm(at(x), ...last);
      else if (form === 'sum') k.addLayerNorm(at(x), at(branch), ...last);
      else k.scaledAddLayerNorm(at(x), at(branch), at(omega), ...last);
    });
    return outs;
  };

  it.each(Object.keys(forms) as Form[])('gives what the gradient needs, too: %s', (form) => {
    const expected = norm(
      Array.from(x, (_, i) => forms[form](i)),
      gain,
      bias,
      size,
    );
    for (const [i, found] of forward(form).entries()) close(found, expected[i]!, 1e-6);
  });

  it('has the gradient of the formula, alone and of the scaled sum', () => {
    const dy = values(rows * width, 6);
    const [, normalised, inverse] = forward('scaled sum') as [Float32Array, Float32Array, Float32Array];
    const [dx, dShortcut] = [new Float32Array(rows * width), new Float32Array(rows * width)];
    const [dGain, dBias, dOmega] = [1, 2, 3].map(() => new Float32Array(width).fill(9));
    const alone = [dx.slice(), dGain!.slice(), dBias!.slice()] as const;
    const given = [dy, normalised, inverse, gain] as const;
    onKernels([...given, x, omega, dx, dGain!, dBias!, dShortcut, dOmega!], (k, at) => {
      const ins = [at(dy), at(normalised), at(inverse), at(gain), at(x), at(omega)] as const;
      k.scaledAddLayerNormGrad(
        ...ins,
        ...([at(dx), at(dGain!), at(dBias!), at(dShortcut), at(dOmega!)] as const),
        ...([rows, width] as const),
      );
    });
    const expected = [[], Array(width).fill(0), Array(width).fill(0), [], Array(width).fill(0)] as number[][];
    for (let r = 0; r < rows; r++) {
      const of = (a: Float32Array): number[] => Array.from(a.subarray(r * width, (r + 1) * width));
      const [d, n, s] = [of(dy), of(normalised), of(x)];
      const scaled = d.map((each, j) => each * gain[j]!);
      const [centre, slope] = [mean(scaled), mean(scaled.map((each, j) => each * n[j]!))];
      for (let j = 0; j < width; j++) {
        const back = (scaled[j]! - centre - n[j]! * slope) * inverse[r]!;
        expected[0]!.push(back);
        expected[1]![j]! += d[j]! * n[j]!;
        expected[2]![j]! += d[j]!;
        expected[3]!.push(back * omega[j]!);
        expected[4]![j]! += back * s[j]!;
      }
    }
    const found = [dx, dGain!, dBias!, dShortcut, dOmega!];
    for (const [i, each] of found.entries()) close(each, expected[i]!, 3e-6);
    onKernels([...given, ...alone], (k, at) => {
      const [a, b, c] = alone.map(at) as [number, number, number];
      k.layerNormGrad(at(dy), at(normalised), at(inverse), at(gain), a, b, c, rows, width);
    });
    expect(alone).toEqual(found.slice(0, 3));
  });
});

describe('layer norm at the edges', () => {
  const size = { rows: 6, width: 9 };
  const [gain, bias] = [values(9, 1), values(9, 2)];
  const forward = (x: Float32Array): Float32Array[] => {
    const outs = [54, 54, 6].map((n) => new Float32Array(n));
    onKernels([x, gain, bias, ...outs], (k, at) => {
      const [y, n, r] = outs.map(at) as [number, number, number];
      k.layerNorm(at(x), at(gain), at(bias), y, n, r, size.rows, size.width, EPSILON);
    });
    return outs;
  };

  it('keeps its accuracy where the mean is large against the deviation', () => {
    const x = values(54, 3).map((each) => 30 + each);
    const expected = norm(Array.from(x), gain, bias, size);
    for (const [i, found] of forward(x).entries()) close(found, expected[i]!, 1e-5);
  });

  it.each([NaN, Infinity, -Infinity])('makes NaN of a row with %d, and of no other', (value) => {
    for (const column of [0, 5, 8]) {
      const x = values(54, 3);
      x[2 * 9 + column] = value;
      const expected = norm(Array.from(x), gain, bias, size);
      for (const [i, found] of forward(x).entries()) close(found, expected[i]!, 1e-6);
    }
  });

  it('makes 0 of a row whose squares overflow, as float32 does', () => {
    const x = values(54, 3);
    x.set(
      Array.from({ length: 9 }, (_, j) => (j % 2 === 0 ? 1e30 : -1e30)),
      9,
    );
    const [y, normalised, inverse] = forward(x) as [Float32Array, Float32Array, Float32Array];
    expect(inverse[1]).toBe(0);
    expect(normalised.subarray(9, 18).every((each) => each === 0)).toBe(true);
    expect(y.subarray(9, 18)).toEqual(bias);
  });
});
