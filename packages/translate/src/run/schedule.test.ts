import { expect, it } from 'vitest';
import { scheduleOf, stallAfter } from './schedule';

it('gives the peak to a schedule that has one, and multiplies others and products by it', () => {
  const at = (schedule: Parameters<typeof stallAfter>[0], update: number): number =>
    scheduleOf({ peak: 0.5, schedule })(update);
  expect(at({ name: 'inverseSqrt', warmup: 10 }, 10)).toBe(0.5);
  expect(at({ name: 'constant', value: 0.2 }, 7)).toBeCloseTo(0.1, 12);
  const product = [
    { name: 'linearWarmup', updates: 4 },
    { name: 'rsqrtDecay', warmup: 4 },
  ];
  expect(at(product, 4)).toBeCloseTo(0.5 / 2, 12);
  expect(at(product, 16)).toBeCloseTo(0.5 / 4, 12);
});

it('waits twice the longest warm-up, of a factor of a product too, and 2,000 updates at least', () => {
  expect(stallAfter({ name: 'inverseSqrt', warmup: 100 })).toBe(2000);
  expect(stallAfter({ name: 'inverseSqrt', warmup: 8000 })).toBe(16_000);
  expect(stallAfter({ name: 'constant', value: 1 })).toBe(2000);
  expect(
    stallAfter([
      { name: 'linearWarmup', updates: 6000 },
      { name: 'rsqrtDecay', warmup: 4000 },
    ]),
  ).toBe(12_000);
});
