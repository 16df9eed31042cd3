import { describe, expect, it } from 'vitest';
import { numbers } from '../testing';
import { type Chunk, Heap } from './heap';

const MB = 2 ** 20;

/** Random sizes from 1 byte to some megabytes, small ones more often. */
const sizes = (seed: number): (() => number) => {
  const next = numbers(seed);
  return () => Math.ceil(2 ** (11 + 11 * next()));
};

describe('Heap', () => {
  it('gives out chunks that do not overlap, aligned, within its memory, whatever is given back in between', () => {
    const heap = new Heap(1024 * MB);
    const [size, pick] = [sizes(1), numbers(2)];
    const held: { chunk: Chunk; mark: number }[] = [];
    let [mark, inUse] = [0, 0];
    for (let i = 0; i < 20_000; i++) {
      if (held.length < 50 || (pick() > -0.02 && held.length < 400)) {
        const bytes = size();
        const chunk = heap.take(bytes)!;
        if (chunk.bytes < bytes || chunk.start % 64 !== 0 || chunk.start === 0)
          throw new Error('no such chunk');
        inUse += chunk.bytes;
        const ends = new Int32Array(heap.buffer, chunk.start, Math.floor(chunk.bytes / 4));
        // Marks at both ends, which an overlapping chunk would write over.
        ends[0] = ++mark;
        ends[ends.length - 1] = mark;
        held.push({ chunk, mark });
      } else {
        const at = Math.floor(((pick() + 1) / 2) * held.length);
        const [{ chunk, mark: own }] = held.splice(at, 1) as [(typeof held)[0]];
        const ends = new Int32Array(heap.buffer, chunk.start, Math.floor(chunk.bytes / 4));
        if (ends[0] !== own || ends[ends.length - 1] !== own)
          throw new Error(`chunk ${own} was written over`);
        inUse -= chunk.bytes;
        heap.letGo(chunk);
      }
    }
    expect(heap.statistics().inUse).toBe(inUse);
    for (const { chunk } of held) heap.letGo(chunk);
    const { free } = heap.statistics();
    expect(heap.statistics().inUse).toBe(0);
    // All of it is one piece again.
    const whole = heap.take(free)!;
    expect(whole.bytes).toBe(free);
    expect(heap.statistics()).toMatchObject({ inUse: free, free: 0 });
  });

  it('hands the chunk last given back out again, and takes no more of the system while the same sizes come', () => {
    const heap = new Heap(64 * MB);
    const first = [1000, 5000, 70_000, 200].map((bytes) => heap.take(bytes)!);
    const { free, inUse } = heap.statistics();
    for (let turn = 0; turn < 100; turn++) {
      const second = [heap.take(3000)!, heap.take(12_345)!];
      for (const chunk of second) heap.letGo(chunk);
      const again = heap.take(3000)!;
      expect(again.start).toBe(second[0]!.start);
      heap.letGo(again);
    }
    const after = heap.statistics();
    expect(after.inUse).toBe(inUse);
    expect(after.free - free).toBeLessThan(16_000);
    expect(first).toHaveLength(4);
  });

  it('needs hardly more than the most that was in use at once for training steps of varying shapes', () => {
    const heap = new Heap(2048 * MB);
    const next = numbers(9);
    let [inUse, peak] = [0, 0];
    const take = (floats: number): Chunk => {
      const chunk = heap.take(4 * floats)!;
      inUse += chunk.bytes;
      peak = Math.max(peak, inUse);
      return chunk;
    };
    const give = (chunk: Chunk): void => {
      inUse -= chunk.bytes;
      heap.letGo(chunk);
    };
    for (let step = 0; step < 200; step++) {
      const [rows, length] = [Math.ceil(20 + 15 * next()), Math.ceil(30 + 25 * next())];
      const kept: Chunk[] = [];
      for (let layer = 0; layer < 12; layer++) {
        const passing = take(rows * length * 256);
        for (const size of [256, 1024, 1, 4 * length]) kept.push(take(rows * length * size));
        give(passing);
      }
      const logits = take(rows * length * 8000);
      const gradient = take(rows * length * 8000);
      give(logits);
      for (const chunk of kept.reverse()) {
        const passing = [take(rows * length * 1024), take(256 * 1024)];
        give(chunk);
        passing.forEach(give);
      }
      give(gradient);
    }
    const { free, inUse: now } = heap.statistics();
    expect([inUse, now]).toEqual([0, 0]);
    expect(peak).toBeGreaterThan(100 * MB);
    expect(free / peak).toBeLessThan(1.03);
  });

  it('stays bounded for sizes and lives at random', () => {
    const heap = new Heap(1024 * MB);
    const [size, pick] = [sizes(5), numbers(6)];
    const held: Chunk[] = [];
    let [inUse, peak] = [0, 0];
    for (let i = 0; i < 50_000; i++) {
      while (inUse > 100 * MB) {
        const [chunk] = held.splice(Math.floor(((pick() + 1) / 2) * held.length), 1) as [Chunk];
        inUse -= chunk.bytes;
        heap.letGo(chunk);
      }
      const chunk = heap.take(size())!;
      held.push(chunk);
      inUse += chunk.bytes;
      peak = Math.max(peak, inUse);
    }
    const { free, inUse: now } = heap.statistics();
    expect((free + now) / peak).toBeLessThan(1.6);
  });

  it('keeps a chunk while several hold it', () => {
    const heap = new Heap(MB);
    const chunk = heap.take(1000)!;
    heap.hold(chunk);
    heap.letGo(chunk);
    expect(heap.statistics().inUse).toBe(1024);
    heap.letGo(chunk);
    expect(heap.statistics().inUse).toBe(0);
  });

  it('keeps arrays as they are where it grows, and knows them', () => {
    const heap = new Heap(256 * MB);
    const chunk = heap.take(400)!;
    const before = new Float32Array(heap.buffer, chunk.start, 100).fill(7);
    const large = heap.take(100 * MB)!;
    expect(heap.buffer).not.toBe(before.buffer);
    expect(heap.has(before.buffer)).toBe(true);
    expect(heap.has(new ArrayBuffer(8))).toBe(false);
    const after = new Float32Array(heap.buffer, chunk.start, 100);
    before[3] = 9;
    expect([after[2], after[3]]).toEqual([7, 9]);
    expect(large.start).toBeGreaterThan(chunk.start);
  });

  it('says so where there is no room, and goes on', () => {
    const heap = new Heap(4 * MB);
    const one = heap.take(3 * MB)!;
    expect(heap.take(2 * MB)).toBeUndefined();
    expect(heap.take(Number.POSITIVE_INFINITY)).toBeUndefined();
    const small = heap.take(100_000)!;
    heap.letGo(one);
    expect(heap.take(3 * MB)!.start).toBe(one.start);
    expect(small.start).toBeGreaterThan(one.start);
    expect(Heap.create(0)).toBeUndefined();
    expect(Heap.create(8 * 2 ** 30)!.take(2 ** 32)).toBeUndefined();
  });
});
