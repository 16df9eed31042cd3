import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cosineDecay, linearDecay, piecewiseConstant, polynomialDecay, stepDecay } from './decay';
import { linearWarmup, product, type Schedule } from './schedule';

const reference = JSON.parse(
  readFileSync(new URL('../../fixtures/schedules.json', import.meta.url), 'utf8'),
) as Record<string, number[]>;

describe("the rates of PyTorch's schedulers", () => {
  // As in fixtures/make_schedules.py.
  const [cycle, warm] = [
    { peak: 2, total: 30 },
    { peak: 2, total: 30, warmup: 6 },
  ];
  const schedules: Record<string, Schedule> = {
    linear: linearDecay(cycle),
    cosine: cosineDecay({ ...cycle, floor: 0.25 }),
    'cosine-warmup': cosineDecay({ ...warm, floor: 0.25 }),
    polynomial: polynomialDecay({ ...cycle, power: 2.5 }),
    'polynomial-warmup': polynomialDecay({ ...warm, power: 2.5 }),
    step: stepDecay({ peak: 2, every: 7, factor: 0.3 }),
    'step-warmup': product(linearWarmup(6), stepDecay({ peak: 2, every: 7, factor: 0.3 })),
    piecewise: piecewiseConstant({ boundaries: [4, 5, 17], rates: [2, 1, 0.5, 0.25] }),
  };

  it.each(Object.keys(schedules))('%s', (name) => {
    const expected = reference[name]!;
    expect(expected).toHaveLength(30);
    expect(new Set(expected).size).toBeGreaterThan(3);
    for (const [i, rate] of expected.entries()) expect(schedules[name]!(i + 1)).toBeCloseTo(rate, 12);
  });

  it('are all compared', () => {
    expect(Object.keys(reference).sort()).toEqual(Object.keys(schedules).sort());
  });
});

describe('the floor', () => {
  it('holds after the last update of the decay', () => {
    const options = { peak: 1, total: 10, floor: 0.2 };
    for (const schedule of [linearDecay(options), cosineDecay(options), polynomialDecay(options)]) {
      expect(schedule(9)).toBeGreaterThan(0.2);
      expect([10, 11, 1000].map(schedule)).toEqual([0.2, 0.2, 0.2]);
    }
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

describe('bad options', () => {
  it.each<[() => unknown, string]>([
    [() => linearDecay({ peak: -1, total: 10 }), 'linearDecay peak: received -1'],
    [() => linearDecay({ peak: 1, total: 10, warmup: 10 }), 'linearDecay total: received 10'],
    [() => linearDecay({ peak: 1, totl: 2 } as never), "unknown option 'totl', did you mean 'total'"],
    [
      () => cosineDecay({ peak: 1, total: 9, floor: 2 }),
      'cosineDecay floor: received 2, allowed numbers from 0 to the peak 1',
    ],
    [() => cosineDecay({ peak: 1, total: 9, min: 0 } as never), "unknown option 'min'"],
    [() => polynomialDecay({ peak: 1, total: 9, power: 0 }), 'polynomialDecay power: received 0'],
    [() => stepDecay({ peak: 1, every: 1.5 }), 'stepDecay every: received 1.5'],
    [() => stepDecay({ peak: 1, every: 2, factor: -1 }), 'stepDecay factor: received -1'],
    [
      () => piecewiseConstant({ boundaries: [4, 4], rates: [1, 2, 3] }),
      'piecewiseConstant boundaries[1]: received 4, allowed whole numbers >= 5',
    ],
    [
      () => piecewiseConstant({ boundaries: [4], rates: [1] }),
      'piecewiseConstant rates: received [1], allowed 2 numbers, one more than boundaries',
    ],
  ])('%s', (make, message) => {
    expect(make).toThrow(message);
  });
});
