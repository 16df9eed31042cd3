import { describe, expect, it } from 'vitest';
import { choose, type Key } from '../fused/dropoutBits';
import { onKernels } from './testing';

const KEYS: readonly Key[] = [
  [0, 0],
  [123456789, -987654321],
  [-1, 0x7fffffff],
];
const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 31, 4095, 100_003];
const KEPT = Math.fround(1.1111186742782593);

const numbersOf = (size: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.sin(i));

const vectors = (x: Float32Array, key: Key, threshold: number, inPlace: boolean): Float32Array => {
  const y = inPlace ? x.slice() : new Float32Array(x.length).fill(9);
  onKernels(inPlace ? [y] : [x, y], (kernels, at) => {
    kernels.dropout(at(inPlace ? y : x), at(y), x.length, ...key, threshold, KEPT);
  });
  return y;
};

describe.each(SIZES)('dropout of %i elements', (size) => {
  it.each([1, 6554, 32768, 65535])(
    'is the definition, to the bit, threshold %i, also in place',
    (threshold) => {
      const x = numbersOf(size);
      for (const key of KEYS) {
        const expected = new Float32Array(size);
        choose({ key, threshold, kept: KEPT, dropped: 0 }, expected, x);
        for (const inPlace of [false, true]) {
          // Both zeros are what is dropped.
          const received = vectors(x, key, threshold, inPlace);
          expect(received.every((y, i) => y === expected[i])).toBe(true);
        }
      }
    },
  );
});

describe('dropout at the edges', () => {
  it('gives 0 for what it drops, and keeps what is not finite', () => {
    const odd = [Infinity, NaN, -Infinity];
    const x = Float32Array.from({ length: 67 }, (_, i) => odd[i % 3]!);
    const signs = new Float32Array(67);
    choose({ key: [5, 6], threshold: 30_000, kept: 1, dropped: -1 }, signs);
    const y = vectors(x, [5, 6], 30_000, false);
    expect(Array.from(y)).toEqual(Array.from(x, (value, i) => (signs[i] === 1 ? value : 0)));
  });

  it('keeps everything at threshold 0', () => {
    const x = numbersOf(29);
    expect(vectors(x, [1, 2], 0, false)).toEqual(x.map((value) => value * KEPT));
  });

  it('writes nothing where there is nothing', () => {
    const out = new Float32Array(0);
    onKernels([out], (kernels, at) => {
      kernels.dropout(at(out), at(out), 0, 1, 2, 3, KEPT);
    });
  });
});
