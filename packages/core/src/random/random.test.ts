import { describe, expect, it } from 'vitest';
import { mean, variance } from '../../testing/numbers';
import { permutation } from './permutation';
import { dropoutFactors, dropoutThreshold, randomBits, randomStream } from './random';

const unsigned = (words: readonly number[]): number[] => words.map((word) => word >>> 0);

describe('golden numbers (fixtures/make_random.py)', () => {
  it.each([
    [0, [1445982368, 73525140, 494804881, 2508161022]],
    [1, [2527354439, 2387934306, 1643293229, 2228506077]],
    [-1, [676650317, 4146142901, 2704209694, 2422141123]],
    [2 ** 40 + 5, [2715092413, 2103231763, 232868495, 4067563339]],
  ])('seed %d', (seed, expected) => {
    const stream = randomStream(seed);
    expect(unsigned([0, 1, 2, 3].map((i) => stream.bits(i)))).toEqual(expected);
  });

  it('forks, by name and by number', () => {
    const child = randomStream(1).fork('encoder').fork(3);
    expect(unsigned(child.key)).toEqual([150661439, 1202096465]);
    expect(unsigned([0, 1, 2 ** 31, 2 ** 32 - 1].map((i) => randomBits(child.key, i)))).toEqual([
      764966966, 3370076795, 1258127352, 2369970157,
    ]);
  });
});

const COUNT = 100_000;

describe('distributions', () => {
  const stream = randomStream(3);

  it('uniform: range, mean, variance, and evenly filled bins', () => {
    const numbers = stream.uniform(COUNT, -2, 4);
    expect(Math.min(...numbers.subarray(0, 50_000))).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...numbers.subarray(0, 50_000))).toBeLessThanOrEqual(4);
    expect(mean(numbers)).toBeCloseTo(1, 1);
    expect(variance(numbers) / 3).toBeCloseTo(1, 1);
    const bins = new Array<number>(64).fill(0);
    for (const x of numbers) bins[Math.min(63, Math.floor(((x + 2) / 6) * 64))]! += 1;
    const expected = COUNT / 64;
    const chiSquare = bins.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // 63 degrees of freedom: 0.01 % of random streams lie above 117.
    expect(chiSquare).toBeLessThan(117);
  });

  it('normal: moments up to the fourth, and independent neighbours', () => {
    const numbers = stream.normal(COUNT, 0.5, 2);
    expect(mean(numbers)).toBeCloseTo(0.5, 1);
    expect(variance(numbers)).toBeCloseTo(4, 1);
    const z = numbers.map((x) => (x - 0.5) / 2);
    expect(Math.abs(mean(z.map((x) => x ** 3)))).toBeLessThan(0.05);
    expect(mean(z.map((x) => x ** 4))).toBeCloseTo(3, 0);
    expect(Math.abs(mean(z.subarray(1).map((x, i) => x * z[i]!)))).toBeLessThan(0.02);
    expect(numbers.every(Number.isFinite)).toBe(true);
  });

  it('normal: a shorter draw is the beginning of a longer one', () => {
    expect(stream.normal(5)).toEqual(stream.normal(8).slice(0, 5));
  });
});

describe('fork', () => {
  const correlation = (a: Float32Array, b: Float32Array): number => mean(a.map((x, i) => x * b[i]!));

  it('gives streams that are independent of the parent and of each other', () => {
    const parent = randomStream(1);
    const streams = [
      parent,
      parent.fork(0),
      parent.fork(1),
      parent.fork('a'),
      parent.fork('a').fork('a'),
      randomStream(2),
    ];
    const draws = streams.map((stream) => stream.normal(20_000));
    for (const [i, a] of draws.entries()) {
      for (const b of draws.slice(i + 1)) expect(Math.abs(correlation(a, b))).toBeLessThan(0.03);
    }
  });

  it('depends on the labels and their order alone', () => {
    const stream = randomStream(7);
    expect(stream.fork('a').fork(1).key).toEqual(randomStream(7).fork('a').fork(1).key);
    const others = [
      stream.fork(1).fork('a'),
      stream.fork('a1'),
      stream.fork('a').fork('1'),
      stream.fork('a').fork(2),
    ];
    const keys = new Set([stream.fork('a').fork(1), ...others].map(({ key }) => key.join()));
    expect(keys.size).toBe(5);
  });

  it('does not change the parent', () => {
    const stream = randomStream(7);
    const before = stream.uniform(4);
    stream.fork('child').uniform(4);
    expect(stream.uniform(4)).toEqual(before);
  });

  it('keeps seeds of up to 2^53 apart', () => {
    const seeds = [0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53, -1, 2 ** 31];
    expect(new Set(seeds.map((seed) => randomStream(seed).key.join())).size).toBe(seeds.length);
  });
});

describe('permutation', () => {
  it.each([0, 1, 2, 1000])('of %d is one', (count) => {
    const order = permutation(randomStream(1), count);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  it('takes every order about equally often', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = permutation(randomStream(2).fork(i), 3).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('dropoutFactors', () => {
  const { key } = randomStream(5);

  it('are 0 or the scale, element by element from 16 bits each', () => {
    const { threshold, scale } = dropoutThreshold(0.3);
    expect(threshold).toBe(19661);
    expect(scale).toBe(65536 / (65536 - 19661));
    const factors = dropoutFactors(key, 1001, 0.3);
    for (const [i, factor] of factors.entries()) {
      const word = randomBits(key, i >> 1) >>> 0;
      const half = i % 2 === 0 ? word % 65536 : Math.floor(word / 65536);
      expect(factor).toBe(half < threshold ? 0 : Math.fround(scale));
    }
  });

  it('drop the given share, and have mean 1', () => {
    const factors = dropoutFactors(key, COUNT, 0.1);
    expect(factors.filter((factor) => factor === 0).length / COUNT).toBeCloseTo(0.1, 2);
    expect(mean(factors)).toBeCloseTo(1, 2);
  });

  it('keep what lies on the threshold', () => {
    const word = randomBits(key, 0) >>> 0;
    const [low, high] = [word % 65536, Math.floor(word / 65536)];
    expect(dropoutFactors(key, 2, low / 65536)[0]).toBeGreaterThan(0);
    expect(dropoutFactors(key, 2, (low + 1) / 65536)[0]).toBe(0);
    expect(dropoutFactors(key, 2, high / 65536)[1]).toBeGreaterThan(0);
    expect(dropoutFactors(key, 2, (high + 1) / 65536)[1]).toBe(0);
  });

  it('are all 1 at rate 0', () => {
    expect(new Set(dropoutFactors(key, 100, 0))).toEqual(new Set([1]));
  });
});
