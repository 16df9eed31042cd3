import { expect, it } from 'vitest';
import { type MeasuredGrowth, verdictOfGrowth } from './growthVerdict';

const growth = (low: number, high: number, laziness?: number): MeasuredGrowth => ({
  exponent: (low + high) / 2,
  interval: [low, high],
  ...(laziness === undefined ? {} : { laziness }),
});

it.each([
  ['amplifies', growth(1.6, 2.1, 0.5)],
  // However linear: what grows with the depth is no rest.
  ['amplifies', growth(0.9, 1.1, 0.01)],
  ['steady', growth(0.2, 0.6)],
  ['steady', growth(-0.15, 0.05, 0.3)],
  ['lazy', growth(-0.15, 0.05, 0.04)],
  ['lazy', growth(-0.9, -0.3, 0.3)],
  // An interval that ends above -0.2 does not show that it falls.
  ['steady', growth(-0.9, -0.1, 0.3)],
  ['cannot tell', growth(0.7, 0.9, 0.04)],
  ['cannot tell', { exponent: 0, interval: null, laziness: 0 }],
  ['lazy', { exponent: undefined, interval: null }],
] as const)('%s: %o', (word, measured) => {
  expect(verdictOfGrowth(measured)).toBe(word);
});

it('names what is no number', () => {
  expect(() => verdictOfGrowth({ exponent: Number.NaN, interval: null })).toThrow(
    'verdictOfGrowth() exponent',
  );
  expect(() => verdictOfGrowth({ ...growth(0, 1), laziness: -1 })).toThrow('verdictOfGrowth() laziness');
});
