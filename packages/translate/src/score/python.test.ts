import { expect, it } from 'vitest';
import { formatFixed, splitWords, trimRight, withoutSpaces } from './python';

it('splits where Python does', () => {
  const text = ' a\u00a0b\u0085c\x1cd\u3000\ufeffe\u200bf ';
  expect(splitWords(text)).toEqual(['a', 'b', 'c', 'd', '\ufeffe\u200bf']);
  expect(splitWords('')).toEqual([]);
  expect(withoutSpaces(text)).toBe('abcd\ufeffe\u200bf');
  expect(trimRight(' a\x1f\u2028')).toBe(' a');
});

it('trims 200,000 spaces in linear time', () => {
  const text = `a${' '.repeat(200_000)}b`;
  const started = performance.now();
  expect(trimRight(text)).toBe(text);
  expect(trimRight(`${text}${'\t \u3000'.repeat(70_000)}`)).toBe(text);
  expect(performance.now() - started).toBeLessThan(2000);
});

it('formats ties to even, as Python does', () => {
  expect([0.25, 0.75, 12.25, 2.5, 0.125].map((value) => formatFixed(value, 1))).toEqual([
    '0.2',
    '0.8',
    '12.2',
    '2.5',
    '0.1',
  ]);
  expect(formatFixed(0.35, 1)).toBe('0.3');
  expect(formatFixed(44.85, 1)).toBe('44.9');
  expect(formatFixed(1.005, 2)).toBe('1.00');
  expect(formatFixed(0.375, 2)).toBe('0.38');
});
