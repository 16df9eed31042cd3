import { describe, expect, it } from 'vitest';
import { BufferPool, classBytes, classOf } from './pool';

const KB = 1024;

describe('size classes', () => {
  it('hold what is asked for and waste at most a fifth', () => {
    for (let bytes = 512; bytes < 1e9; bytes = Math.floor(bytes * 1.037) + 1) {
      const capacity = classBytes(classOf(bytes));
      expect(capacity).toBeGreaterThanOrEqual(bytes);
      expect(capacity).toBeLessThan(bytes * 1.2 + 64);
    }
  });
});

describe('BufferPool', () => {
  it('hands the block last given back out again', () => {
    const pool = new BufferPool(2 ** 30);
    const block = pool.take(10 * KB);
    pool.give(block);
    expect(pool.take(10 * KB)).toBe(block);
  });

  it('hands out a larger block rather than push another out', () => {
    const pool = new BufferPool(2 ** 30);
    const large = pool.take(100 * KB);
    pool.give(large);
    // A new block would bring the total far above the peak of 100 kB.
    expect(pool.take(70 * KB)).toBe(large);
    expect(pool.memory()).toMatchObject({ free: 0, inUse: classBytes(classOf(100 * KB)) });
    expect(pool.take(30 * KB)).not.toBe(large);
  });

  it('never recycles what was handed out', () => {
    const pool = new BufferPool(2 ** 30);
    const block = pool.take(10 * KB);
    pool.release(block);
    pool.release(block);
    expect(pool.memory().inUse).toBe(0);
    pool.give(block);
    expect(pool.memory()).toMatchObject({ inUse: 0, free: 0 });
    expect(pool.take(10 * KB)).not.toBe(block);
  });

  it('keeps free and used blocks within 15 % of the peak in use, however sizes vary', () => {
    const pool = new BufferPool(2 ** 30);
    for (let i = 0; i < 500; i++) {
      const blocks = [1, 2, 3].map((k) => pool.take(KB * (1 + ((i * 7919 * k) % 997))));
      for (const block of blocks) pool.give(block);
      const { inUse, free, peakInUse } = pool.memory();
      expect(inUse).toBe(0);
      expect(free).toBeLessThanOrEqual(1.15 * peakInUse);
    }
  });

  it('keeps no more free than its limit', () => {
    const pool = new BufferPool(100 * KB);
    const blocks = [60, 60, 60].map((size) => pool.take(size * KB));
    for (const block of blocks) pool.give(block);
    expect(pool.memory().free).toBeLessThanOrEqual(100 * KB);
    pool.clear();
    expect(pool.memory().free).toBe(0);
  });

  it('counts nothing for a block that could not be had', () => {
    const pool = new BufferPool(2 ** 30);
    expect(() => pool.take(2 ** 52)).toThrow(RangeError);
    expect(pool.memory().inUse).toBe(0);
  });
});
