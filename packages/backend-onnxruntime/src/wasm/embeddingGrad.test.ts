import { describe, expect, it } from 'vitest';
import { integers, numbers } from '../testing';
import { onKernels } from './testing';

const gradient = (
  dy: Float32Array,
  ids: readonly number[],
  width: number,
  vocabulary: number,
): Float32Array => {
  const out = new Float32Array(vocabulary * width).fill(7);
  // int32 under the name of floats: bits as they are.
  const bits = new Float32Array(Int32Array.from(ids).buffer);
  onKernels([dy, bits, out], (kernels, at) => {
    kernels.embeddingGrad(at(dy), at(bits), ids.length, width, vocabulary, at(out));
  });
  return out;
};

describe('embeddingGrad', () => {
  it.each([
    [1, 1, 1],
    [40, 3, 5],
    [40, 4, 5],
    [200, 17, 30],
    [33, 64, 2],
  ])('adds %i rows of %i up by %i ids, in order', (rows, width, vocabulary) => {
    const next = numbers(3);
    const dy = Float32Array.from({ length: rows * width }, next);
    const ids = integers([rows], vocabulary, 5).values;
    const expected = new Float32Array(vocabulary * width);
    ids.forEach((id, i) => {
      for (let j = 0; j < width; j++) expected[id * width + j]! += dy[i * width + j]!;
    });
    expect(gradient(dy, ids, width, vocabulary)).toEqual(expected);
  });

  it('is 0 where no id points, and not a number in its own row alone', () => {
    const dy = Float32Array.of(1, 2, 3, NaN, Infinity, 1);
    expect(Array.from(gradient(dy, [3, 1], 3, 4))).toEqual([0, 0, 0, NaN, Infinity, 1, 0, 0, 0, 1, 2, 3]);
    expect(Array.from(gradient(new Float32Array(0), [], 2, 2))).toEqual([0, 0, 0, 0]);
  });
});
