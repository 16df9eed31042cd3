import { describe, expect, it } from 'vitest';
import { cosineDecay, linearDecay, piecewiseConstant, polynomialDecay, stepDecay } from './decay';
import { constant, inverseSqrt, linearWarmup, rsqrtDecay, type Schedule } from './schedule';
import { type ScheduleConfig, scheduleFrom } from './scheduleFrom';

const UPDATES = [1, 2, 3, 7, 10, 11, 29, 30, 31, 1000];
const decay = { peak: 2, total: 30, warmup: 5, floor: 0.5 };

describe('scheduleFrom', () => {
  const NAMED: readonly (readonly [string, object, Schedule])[] = [
    ['constant', { value: 3e-4 }, constant(3e-4)],
    ['linearWarmup', { updates: 10 }, linearWarmup(10)],
    ['rsqrtDecay', { warmup: 10 }, rsqrtDecay(10)],
    ['inverseSqrt', { peak: 7e-4, warmup: 10 }, inverseSqrt({ peak: 7e-4, warmup: 10 })],
    ['linearDecay', decay, linearDecay(decay)],
    ['cosineDecay', decay, cosineDecay(decay)],
    ['polynomialDecay', { ...decay, power: 2 }, polynomialDecay({ ...decay, power: 2 })],
    ['stepDecay', { peak: 1, every: 7 }, stepDecay({ peak: 1, every: 7 })],
    [
      'piecewiseConstant',
      { boundaries: [3, 10], rates: [1, 0.5, 0.1] },
      piecewiseConstant({ boundaries: [3, 10], rates: [1, 0.5, 0.1] }),
    ],
  ];

  it.each(NAMED)('%s is the function of that name, through JSON too', (name, options, schedule) => {
    const config = JSON.parse(JSON.stringify({ name, options })) as ScheduleConfig;
    for (const update of UPDATES) expect(scheduleFrom(config)(update)).toBe(schedule(update));
  });

  it('a list is the product: the schedule of Vaswani et al. 2017, eq. 3', () => {
    const schedule = scheduleFrom([
      { name: 'constant', options: { value: 512 ** -0.5 } },
      { name: 'linearWarmup', options: { updates: 4000 } },
      { name: 'rsqrtDecay', options: { warmup: 4000 } },
    ]);
    for (const t of [1, 100, 4000, 100_000]) {
      expect(schedule(t) / (512 ** -0.5 * Math.min(t ** -0.5, t * 4000 ** -1.5))).toBeCloseTo(1, 12);
    }
  });

  it.each([
    [{ name: 'inverseSqr', options: {} }, /schedule.*'inverseSqr'.*inverseSqrt/],
    [{ name: 'constructor' }, /schedule.*'constructor'/],
    [{ name: 'product' }, /schedule.*'product'/],
    [{ name: 'inverseSqrt', options: { peak: 1, warmpu: 3 } }, /inverseSqrt\(\).*'warmpu'.*'warmup'/],
    [{ name: 'inverseSqrt' }, /inverseSqrt\(\): missing peak, warmup/],
    [{ name: 'constant', options: { valeu: 1 } }, /constant\(\).*'valeu'.*'value'/],
    [{ name: 'constant', options: { value: '1' } }, /constant\(\) ?\.?value: received '1'/],
    [{ name: 'constant', options: { value: Number.NaN } }, /constant\(\): received NaN/],
    [{ name: 'linearWarmup', options: { updates: 0 } }, /linearWarmup updates: received 0/],
    [{ name: 'constant', option: {} }, /scheduleFrom\(\).*'option'.*'options'/],
    [[], /scheduleFrom\(\): received \[\]/],
    [[{ name: 'constant', options: { value: 1 } }, 3], /scheduleFrom\(\)\[1\]: received 3/],
    [null, /scheduleFrom\(\): received null/],
    ['inverseSqrt', /scheduleFrom\(\): received 'inverseSqrt'/],
  ])('refuses %j in one sentence', (config, message) => {
    expect(() => scheduleFrom(config as never)).toThrow(message);
  });
});
