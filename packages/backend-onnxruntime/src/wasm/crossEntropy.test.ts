import { describe, expect, it } from 'vitest';
import { numbers } from '../testing';
import { onKernels } from './testing';

const random = (size: number, seed: number, scale = 1): Float32Array => {
  const next = numbers(seed);
  return Float32Array.from({ length: size }, () => scale * next());
};

/** int32 labels under the name of floats: bits as they are. */
const labelsOf = (labels: readonly number[]): Float32Array =>
  new Float32Array(Int32Array.from(labels).buffer);

const rowsOf = (logits: Float32Array, rows: number): Record<'peak' | 'mass' | 'total', Float32Array> => {
  const [peak, mass, total] = [1, 2, 3].map(() => new Float32Array(rows)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  onKernels([logits, peak, mass, total], (kernels, at) => {
    kernels.crossEntropyRows(
      at(logits),
      rows,
      rows === 0 ? 0 : logits.length / rows,
      at(peak),
      at(mass),
      at(total),
    );
  });
  return { peak, mass, total };
};

interface GradientOf {
  readonly logits: Float32Array;
  readonly labels: readonly number[];
  readonly dLoss: Float32Array;
  readonly normaliser: Float32Array;
  readonly smoothing: number;
}

const gradient = ({ logits, labels, dLoss, normaliser, smoothing }: GradientOf, inPlace = false) => {
  const out = inPlace ? logits.slice() : new Float32Array(logits.length).fill(7);
  const from = inPlace ? out : logits;
  const bits = labelsOf(labels);
  onKernels([...(inPlace ? [] : [logits]), bits, dLoss, normaliser, out], (kernels, at) => {
    kernels.crossEntropyGrad(
      at(from),
      at(bits),
      at(dLoss),
      at(normaliser),
      labels.length,
      logits.length / labels.length,
      smoothing,
      at(out),
    );
  });
  return out;
};

/** Every rest of 4 and of 16, and rows beyond the first-level cache. */
const SIZES = [1, 2, 3, 4, 5, 15, 16, 17, 31, 33, 64, 67, 8006, 32_001];

describe.each(SIZES)('crossEntropyRows of %i columns', (columns) => {
  it('has the greatest number, the mass and the sum of every row', () => {
    const rows = 3;
    const logits = random(rows * columns, columns, 12);
    const { peak, mass, total } = rowsOf(logits, rows);
    for (let i = 0; i < rows; i++) {
      const row = Array.from(logits.subarray(i * columns, (i + 1) * columns));
      const top = row.reduce((a, b) => Math.max(a, b));
      const exact = row.reduce((sum, x) => sum + Math.exp(x - top), 0);
      const magnitude = row.reduce((sum, x) => sum + Math.abs(x), 0);
      expect(peak[i]).toBe(top);
      expect(Math.abs(mass[i]! / exact - 1)).toBeLessThan(5e-7);
      const sum = row.reduce((a, b) => a + b, 0);
      expect(Math.abs(total[i]! - sum)).toBeLessThan(5e-7 * magnitude);
    }
  });
});

describe('crossEntropyRows at the edges', () => {
  it.each([
    ['NaN among numbers', NaN, 1, NaN],
    ['Infinity among numbers', Infinity, 1, NaN],
    ['-Infinity among numbers', -Infinity, 1, 1],
    ['-Infinity alone', -Infinity, -Infinity, NaN],
    ['numbers whose sum overflows', 3e38, 3e38, 1],
  ])('%s', (_, odd, others, mass) => {
    for (let at = 0; at < 23; at++) {
      const logits = new Float32Array(23).fill(others);
      logits[at] = odd;
      const [received] = rowsOf(logits, 1).mass;
      if (Number.isNaN(mass)) expect(received).toBeNaN();
      else expect(received).toBe(others === odd ? 23 : 22);
    }
  });

  it('leaves everything as it is where there are no rows', () => {
    expect(rowsOf(new Float32Array(0), 0).mass).toHaveLength(0);
  });
});

describe.each(SIZES)('crossEntropyGrad of %i columns', (columns) => {
  it.each([0, 0.1])('is the formula, smoothing %f, also in place', (smoothing) => {
    const dLoss = Float32Array.of(0.5, -2, 0, 1e-3);
    const call: GradientOf = {
      logits: random(4 * columns, columns, 8),
      labels: [0, columns - 1, columns >> 1, columns >> 2],
      dLoss,
      normaliser: Float32Array.of(8, 9.5, 3, 11),
      smoothing,
    };
    const received = gradient(call);
    let worst = 0;
    for (let i = 0; i < received.length; i++) {
      const row = Math.floor(i / columns);
      const own = call.labels[row] === i % columns ? 1 - smoothing : 0;
      // The difference rounds in any float32 form.
      const p = Math.exp(Math.fround(call.logits[i]! - call.normaliser[row]!));
      const exact = dLoss[row]! * (p - own - smoothing / columns);
      const scale = Math.abs(dLoss[row]!) * Math.max(p, own, smoothing / columns);
      worst = Math.max(worst, scale === 0 ? Math.abs(received[i]!) : Math.abs(received[i]! - exact) / scale);
    }
    expect(worst).toBeLessThan(4e-7);
    expect(gradient(call, true)).toEqual(received);
  });
});

describe('crossEntropyGrad at the edges', () => {
  const columns = 9;
  const of = (logit: number, dLoss: number, normaliser: number): number[] => {
    const logits = new Float32Array(columns).fill(1);
    logits[5] = logit;
    const whole = { logits, labels: [2], smoothing: 0.1 };
    const out = gradient({
      ...whole,
      dLoss: Float32Array.of(dLoss),
      normaliser: Float32Array.of(normaliser),
    });
    return [out[0]!, out[5]!];
  };

  it.each([0, -0])('is 0 where dLoss is %d, whatever the row holds', (dLoss) => {
    for (const odd of [NaN, Infinity, -Infinity]) {
      for (const normaliser of [NaN, Infinity, 3]) expect(of(odd, dLoss, normaliser)).toEqual([0, 0]);
    }
  });

  it('is NaN where the row or its weight is', () => {
    expect(of(NaN, 1, NaN)).toEqual([NaN, NaN]);
    expect(of(NaN, 1, 3)[1]).toBeNaN();
    expect(of(1, NaN, 3)).toEqual([NaN, NaN]);
    expect(of(Infinity, 1, 3)[1]).toBe(Infinity);
    expect(of(Infinity, -1, 3)[1]).toBe(-Infinity);
    expect(of(1, Infinity, 3)[0]).toBeNaN();
  });

  it('has no share of the softmax where a logit is -Infinity', () => {
    expect(of(-Infinity, 1, 3)[1]).toBe(Math.fround(-0.1 / columns));
  });
});
