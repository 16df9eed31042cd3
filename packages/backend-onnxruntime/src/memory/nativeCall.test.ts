import { describe, expect, it } from 'vitest';
import { Heap } from './heap';
import { NativeCalls } from './nativeCall';
import type { Numbers } from './numbers';

const inHeap = (heap: Heap, values: readonly number[]): Float32Array => {
  const array = new Float32Array(heap.buffer, heap.take(4 * values.length)!.start, values.length);
  array.set(values);
  return array;
};

describe('NativeCalls', () => {
  it.each([
    ['in the heap', true, true],
    ['outside', false, false],
    ['in both', true, false],
    ['the other way round', false, true],
  ])('works on operands %s', (_, sumInside, xInside) => {
    const heap = new Heap(2 ** 24);
    const calls = NativeCalls.create(heap)!;
    const array = (inside: boolean, values: readonly number[]): Numbers =>
      inside ? inHeap(heap, values) : Float32Array.from(values);
    const sum = array(sumInside, [1, 2, 3, 4, 5]);
    const x = array(xInside, [10, 20, 30, 40, 50]);
    const { inUse } = heap.statistics();
    const done = calls.call({ reads: [x], writes: [], updates: [sum] }, (kernels, at) =>
      kernels.addInto(at(sum), at(x), sum.length),
    );
    expect(done).toBe(true);
    expect([...sum]).toEqual([11, 22, 33, 44, 55]);
    expect([...x]).toEqual([10, 20, 30, 40, 50]);
    expect(heap.statistics().inUse).toBe(inUse);
  });

  it('works in place on a memory that it was told of, with no room in the heap', () => {
    const heap = new Heap(2 ** 17);
    const calls = NativeCalls.create(heap)!;
    const memory = new WebAssembly.Memory({ initial: 40, maximum: 40, shared: true });
    const [size, unaligned] = [300_000, 12];
    const sum = new Float32Array(memory.buffer, unaligned, size).fill(1);
    const x = new Float32Array(memory.buffer, 4 * size + 64, size).fill(2);
    const add = (): boolean =>
      calls.call({ reads: [x], writes: [], updates: [sum] }, (kernels, at) =>
        kernels.addInto(at(sum), at(x), size),
      );
    expect(add()).toBe(false);
    calls.adopt(memory);
    calls.adopt(memory);
    expect(add()).toBe(true);
    expect(sum.every((each) => each === 3)).toBe(true);
    expect(x.every((each) => each === 2)).toBe(true);
    expect(heap.statistics().peakInUse).toBeLessThan(2 ** 17);
    // One operand elsewhere: copies.
    const few = Float32Array.of(1, 1, 1);
    const part = sum.subarray(7, 10);
    const done = calls.call({ reads: [few], writes: [], updates: [part] }, (kernels, at) =>
      kernels.addInto(at(part), at(few), 3),
    );
    expect(done).toBe(true);
    expect([...sum.subarray(5, 12)]).toEqual([3, 3, 4, 4, 4, 3, 3]);
  });

  it('writes to views at any place, and to nothing beside them', () => {
    const heap = new Heap(2 ** 24);
    const calls = NativeCalls.create(heap)!;
    const all = inHeap(heap, Array<number>(40).fill(1));
    const outside = Float32Array.from({ length: 9 }, (_, i) => i);
    const part = all.subarray(3, 10);
    calls.call({ reads: [outside.subarray(1, 8)], writes: [], updates: [part] }, (kernels, at) =>
      kernels.addInto(at(part), 0, 0),
    );
    const x = outside.subarray(1, 8);
    calls.call({ reads: [x], writes: [], updates: [part] }, (kernels, at) =>
      kernels.addInto(at(part), at(x), 7),
    );
    expect([...all.subarray(0, 12)]).toEqual([1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1]);
  });

  it('does nothing where there is no room for copies, and leaves none behind', () => {
    const heap = new Heap(2 ** 17);
    const calls = NativeCalls.create(heap)!;
    const large = [new Float32Array(2 ** 14), new Float32Array(2 ** 14)] as const;
    let called = false;
    const done = calls.call({ reads: [large[0]], writes: [large[1]] }, () => {
      called = true;
    });
    expect([done, called]).toEqual([false, false]);
    expect(heap.statistics().inUse).toBe(0);
    expect(NativeCalls.create(undefined)).toBeUndefined();
  });

  it('gives copies back where a kernel throws, with nothing written', () => {
    const heap = new Heap(2 ** 20);
    const calls = NativeCalls.create(heap)!;
    const y = Float32Array.of(1, 2);
    expect(() =>
      calls.call({ reads: [], writes: [y] }, () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect([...y]).toEqual([1, 2]);
    expect(heap.statistics().inUse).toBe(0);
  });
});
