import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { maxError, noise } from '../../testing/numbers';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { selectBackend } from '../backend/select';
import { evenStretch } from '../state/flat';
import { arraysIn, reduceStretch, shareMemory, updatedBy } from './sharedMemory';

describe('updatedBy', () => {
  it('shares out what is updated here, whose moments alone are kept', () => {
    const memory = shareMemory(1000, 2, 0, { from: 320, to: 420 });
    expect([0, 1].map((rank) => updatedBy(memory, rank))).toEqual([
      { weights: { from: 320, to: 384 }, moments: { from: 0, to: 64 } },
      { weights: { from: 384, to: 420 }, moments: { from: 64, to: 100 } },
    ]);
    const { parameters, m, v, gradients } = arraysIn(memory);
    expect([parameters, m, v, ...gradients].map(({ length }) => length)).toEqual([
      1000, 100, 100, 1000, 1000,
    ]);
    const all = updatedBy({ replicas: 2, size: 50, frozen: 0 }, 1);
    expect(all).toEqual({ weights: { from: 32, to: 50 }, moments: { from: 32, to: 50 } });
  });
});

describe('shareMemory', () => {
  it('holds all arrays apart, each from a cache line on, in one memory that kernels in WebAssembly can take', () => {
    const shared = shareMemory(1003, 2, 5);
    const { parameters, m, v, frozen, gradients } = arraysIn(shared);
    const arrays = [parameters, m, v, frozen, ...gradients];
    expect(arrays.map(({ length }) => length)).toEqual([1003, 1003, 1003, 5, 1003, 1003]);
    for (const [i, array] of arrays.entries()) array.fill(i + 1);
    for (const [i, array] of arrays.entries()) {
      expect(array.byteOffset % 64).toBe(0);
      expect(array.every((each) => each === i + 1)).toBe(true);
      expect(array.buffer).toBe((shared.memory as WebAssembly.Memory).buffer);
    }
    expect(arraysIn(structuredClone(shared)).gradients[1]![1002]).toBe(6);
  });

  it('lies elsewhere where it is more than WebAssembly reaches', () => {
    const { Memory } = WebAssembly;
    const most: number[] = [];
    try {
      WebAssembly.Memory = function refusing({ maximum }: WebAssembly.MemoryDescriptor) {
        most.push(maximum!);
        throw new RangeError('could not allocate memory');
      } as unknown as typeof WebAssembly.Memory;
      const shared = shareMemory(70_000, 1);
      expect(most).toEqual([Math.ceil((4 * 4 * 70_000) / 65536)]);
      expect(shared.memory).toBeInstanceOf(SharedArrayBuffer);
      expect(arraysIn(shared).gradients[0]).toHaveLength(70_000);
    } finally {
      WebAssembly.Memory = Memory;
    }
  });

  it('of nothing holds nothing', () => {
    const { parameters, frozen, gradients } = arraysIn(shareMemory(0, 1));
    expect([parameters, frozen, ...gradients].map(({ length }) => length)).toEqual([0, 0, 0]);
  });
});

describe.each([false, true])('reduceStretch, by kernels: %s', (kernels) => {
  let undo = (): void => {};
  beforeAll(() => selectBackend('cpu'));
  afterEach(() => {
    undo();
    undo = () => {};
  });

  it.each([1, 2, 3])("adds up %i replicas' gradients into the first, and squares the sum", (replicas) => {
    const called = new Set<string>();
    if (kernels) undo = registerReferenceKernels((name) => called.add(name));
    const size = 1003;
    const memory = shareMemory(size, replicas);
    const arrays = arraysIn(memory);
    const gradients = arrays.gradients.map((gradient, rank) => {
      const values = noise(size, rank + 1);
      gradient.set(values);
      return values;
    });
    const expected = gradients[0]!.map((_, i) => gradients.reduce((sum, g) => sum + g[i]!, 0));
    let squares = 0;
    for (let rank = 0; rank < replicas; rank++)
      squares += reduceStretch(arrays.gradients, evenStretch(memory.size, memory.replicas, rank));
    expect(maxError(arrays.gradients[0]!, expected)).toBeLessThan(1e-6);
    const ofExpected = expected.reduce((sum, x) => sum + x * x, 0);
    expect(Math.abs(squares / ofExpected - 1)).toBeLessThan(1e-6);
    expect([...called]).toEqual(kernels ? [replicas > 1 ? 'SteadyAddInto' : 'SteadyNorm'] : []);
  });
});
