import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { linearDecay, polynomialDecay } from './decay';
import { constant, inverseSqrt, linearWarmup, product, rsqrtDecay, type Schedule } from './schedule';

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

describe("the rates of fairseq's schedulers, whose first update has what the formula gives at 0", () => {
  // Written by fixtures/make_fairseq_schedules.py, which runs fairseq's own.
  const reference = JSON.parse(
    readFileSync(new URL('../../fixtures/fairseqSchedules.json', import.meta.url), 'utf8'),
  ) as Record<string, number[]>;
  const schedules: Record<string, Schedule> = {
    inverseSqrt: inverseSqrt({ peak: 7e-4, warmup: 12 }),
    linearDecay: linearDecay({ peak: 3e-4, total: 30 }),
    polynomialDecay: polynomialDecay({ peak: 2, warmup: 6, total: 30, floor: 0.25, power: 2.5 }),
  };

  it.each(Object.keys(schedules))('%s', (name) => {
    const [rates, schedule] = [reference[name]!, schedules[name]!];
    expect(rates).toHaveLength(40);
    for (const [i, rate] of rates.entries()) {
      const update = i + 1;
      expect(schedule(update - 1), `update ${update}`).toBeCloseTo(rate, 15);
    }
    expect(schedule(1)).toBe(rates[1]);
    expect(schedule(1)).not.toBe(rates[0]);
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
