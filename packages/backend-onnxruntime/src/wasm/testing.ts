import { expect } from 'vitest';
import { distance, numbers } from '../testing';
import { instantiate, type Kernels } from './kernels';

const GAP = 5;
const SENTINEL = 0x7fc0ffee;

/** Element offsets of the arrays: none at an address that is a multiple of 16, a gap after each. */
const placed = (arrays: readonly Float32Array[]): number[] => {
  let next = 1;
  return arrays.map(({ length }) => {
    const at = next % 4 === 0 ? next + 1 : next;
    next = at + length + GAP;
    return at;
  });
};

/**
 * Runs kernels on copies of the arrays in a shared memory and copies back what they wrote.
 *
 * @throws Error where a kernel wrote outside the arrays.
 */
export const onKernels = <R>(
  arrays: readonly Float32Array[],
  run: (kernels: Kernels, at: (array: Float32Array) => number) => R,
): R => {
  const offsets = placed(arrays);
  const elements = arrays.reduce((sum, { length }) => sum + length + 2 * GAP, GAP);
  const memory = new WebAssembly.Memory({
    initial: Math.ceil(elements / 16384),
    maximum: 65536,
    shared: true,
  });
  const words = new Uint32Array(memory.buffer).fill(SENTINEL);
  const piece = (i: number): Float32Array =>
    new Float32Array(memory.buffer, 4 * offsets[i]!, arrays[i]!.length);
  for (const [i, array] of arrays.entries()) piece(i).set(array);
  const result = run(instantiate(memory), (array) => 4 * offsets[arrays.indexOf(array)]!);
  for (const [i, array] of arrays.entries()) {
    array.set(piece(i));
    words.fill(SENTINEL, offsets[i]!, offsets[i]! + array.length);
  }
  const stray = words.findIndex((word) => word !== SENTINEL);
  if (stray >= 0) throw new Error(`element ${stray} was written; the arrays begin at ${offsets}`);
  return result;
};

/** Numbers in [-scale, scale), the same for a seed. */
export const random = (size: number, seed: number, scale = 1): Float32Array => {
  const next = numbers(seed);
  return Float32Array.from({ length: size }, () => scale * next());
};

/** Holds an array to what it must be, in relation to the largest. */
export const close = (found: Float32Array, expected: readonly number[], tolerance: number): void => {
  const plain = (x: ArrayLike<number>) =>
    ({ shape: [x.length], dtype: 'float32', values: Array.from(x) }) as const;
  expect(distance(plain(found), plain(expected))).toBeLessThan(tolerance);
};
