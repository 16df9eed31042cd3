import { describe, expect, it } from 'vitest';
import { loadFfi } from '../ort/ffi';
import { locateLibrary } from '../ort/locate';
import { Runtime } from '../ort/runtime';
import { loadLibrary } from '../ort/table';
import { probe } from './probe';
import { plainBlas } from './testing';

const koffi = loadFfi();
const runtime = new Runtime(
  loadLibrary(koffi, locateLibrary(undefined)),
  (memory) => koffi.address(memory),
  2,
);

/** A library whose products are ONNX Runtime's, from memory: JavaScript takes too long for many. */
const remembering = (
  spoil: (c: Float32Array) => void = () => {},
): [() => void, ReturnType<typeof plainBlas>] => {
  const known = new Map<string, Float32Array>();
  const { sgemm } = plainBlas();
  const quick = (...args: unknown[]): void => {
    const key = args.slice(1, 6).join();
    const c = args[12] as Float32Array;
    const values = known.get(key);
    if (values === undefined) {
      sgemm(...args);
      known.set(key, c.slice());
    } else c.set(values);
    spoil(c);
  };
  return [() => known.clear(), plainBlas({ sgemm: quick })];
};

describe('a measurement', () => {
  it('divides the shortest times, ours and ONNX Runtime’s in turn', () => {
    const [, blas] = remembering();
    let now = 0;
    let call = 0;
    // Starts and ends of ours and theirs: 2 and 3 ms, but for slow rounds of either.
    const lengths = [2, 0, 3, 0, 40, 0, 3, 0, 2, 0, 60, 0];
    const clock = (): number => {
      const value = now;
      now += lengths[call++ % lengths.length]!;
      return value;
    };
    const { NN, NT, TN, TT } = probe(blas, runtime, 1, false, clock);
    for (const ratio of [NN, NT, TN, TT]) expect(ratio).toBe(1.5);
  });

  it.each([
    [
      'a wrong entry',
      (c: Float32Array) => c.fill(c[77]! + 0.1, 77, 78),
      /differs from ONNX Runtime's by 0\.\d+ of/,
    ],
    ['NaN', (c: Float32Array) => c.fill(Number.NaN, 9, 10), /differs from ONNX Runtime's by NaN of/],
  ])('sees %s among many', (_, spoil, message) => {
    const [, blas] = remembering(spoil);
    expect(() => probe(blas, runtime, 1, false)).toThrow(message);
  });

  it('times one thread where the machine is busy, and checks the products of all', () => {
    const [, { sgemm }] = remembering();
    const seen: number[] = [];
    probe(plainBlas({ sgemm, useThreads: (count) => seen.push(count) }), runtime, 2, true);
    expect(seen).toEqual([2, 1, 2, 1, 2, 1]);
  });
});
