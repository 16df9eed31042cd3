import { describe, expect, it } from 'vitest';
import { constant, inverseSqrt, linearDecay, product } from './schedule';

describe('inverseSqrt, the IWSLT recipe (peak 7e-4, 6000 warm-up updates)', () => {
  const schedule = inverseSqrt({ peak: 7e-4, warmup: 6000 });

  it.each([
    // 1e-7 + t (7e-4 - 1e-7) / 6000, then 7e-4 sqrt(6000 / t)
    [1, 2.1665e-7],
    [3000, 3.5005e-4],
    [6000, 7e-4],
    [24000, 3.5e-4],
    [96000, 1.75e-4],
  ])('at update %d is %d', (update, rate) => {
    expect(schedule(update) / rate).toBeCloseTo(1, 4);
  });

  it('rises, peaks once, and falls', () => {
    expect(schedule(5999)).toBeLessThan(schedule(6000));
    expect(schedule(6001)).toBeLessThan(schedule(6000));
    expect(schedule(6001)).toBeGreaterThan(0.999 * schedule(6000));
  });
});

describe('linearDecay, the no-warmup recipe (100000 updates)', () => {
  const schedule = linearDecay({ peak: 3e-4, total: 100_000 });

  it.each([
    [1, 3e-4],
    [50_000.5, 1.5e-4],
    [100_000, 0],
    [120_000, 0],
  ])('at update %d is %d', (update, rate) => {
    expect(schedule(update)).toBeCloseTo(rate, 12);
  });

  it('warms up linearly', () => {
    const warm = linearDecay({ peak: 1, total: 30, warmup: 10 });
    expect([1, 5, 10, 20, 30].map(warm)).toEqual([0.1, 0.5, 1, 0.5, 0]);
  });
});

describe('composition', () => {
  it('multiplies factors', () => {
    expect(product(constant(3), (update) => 1 / update)(4)).toBe(0.75);
    expect(product()(4)).toBe(1);
  });
});

describe('bad options', () => {
  it.each<[() => unknown, string]>([
    [() => inverseSqrt({ peak: 0, warmup: 10 }), 'inverseSqrt peak: received 0'],
    [() => inverseSqrt({ peak: Number.NaN, warmup: 10 }), 'inverseSqrt peak: received NaN'],
    [() => inverseSqrt({ peak: 1, warmup: 0 }), 'inverseSqrt warmup: received 0'],
    [() => linearDecay({ peak: -1, total: 10 }), 'linearDecay peak: received -1'],
    [() => linearDecay({ peak: 1, total: 10, warmup: 10 }), 'linearDecay total: received 10'],
    [
      () => inverseSqrt({ peak: 1, warmup: 1, warm: 2 } as never),
      "unknown option 'warm', did you mean 'warmup'",
    ],
    [() => linearDecay({ peak: 1, totl: 2 } as never), "unknown option 'totl', did you mean 'total'"],
  ])('%s', (make, message) => {
    expect(make).toThrow(message);
  });
});
