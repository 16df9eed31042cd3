import { describe, expect, it } from 'vitest';
import { constant, inverseSqrt, linearWarmup, product, rsqrtDecay } from './schedule';

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

describe('composition', () => {
  it('multiplies factors', () => {
    expect(product(constant(3), (update) => 1 / update)(4)).toBe(0.75);
    expect(product()(4)).toBe(1);
  });

  it("makes the schedule of Vaswani et al., D^-0.5 min(t^-0.5, t W^-1.5), from tensor2tensor's factors", () => {
    const schedule = product(constant(512 ** -0.5), linearWarmup(4000), rsqrtDecay(4000));
    for (const t of [1, 100, 3999, 4000, 4001, 100_000]) {
      expect(schedule(t) / (512 ** -0.5 * Math.min(t ** -0.5, t * 4000 ** -1.5))).toBeCloseTo(1, 12);
    }
  });
});

describe('bad options', () => {
  it.each<[() => unknown, string]>([
    [() => inverseSqrt({ peak: 0, warmup: 10 }), 'inverseSqrt peak: received 0'],
    [() => inverseSqrt({ peak: Number.NaN, warmup: 10 }), 'inverseSqrt peak: received NaN'],
    [() => inverseSqrt({ peak: 1, warmup: 0 }), 'inverseSqrt warmup: received 0'],
    [() => linearWarmup(0), 'linearWarmup updates: received 0'],
    [() => rsqrtDecay(0.5), 'rsqrtDecay warmup: received 0.5'],
    [
      () => inverseSqrt({ peak: 1, warmup: 1, warm: 2 } as never),
      "unknown option 'warm', did you mean 'warmup'",
    ],
  ])('%s', (make, message) => {
    expect(make).toThrow(message);
  });
});
