import { expect, test } from 'vitest';
import { isOlder } from './versions';

test.each([
  ['525.60.12', '525.60.13', true],
  ['525.60.13', '525.60.13', false],
  ['580', '580.0', false],
  ['99.9', '525', true],
  ['1000', '525.60.13', false],
])('version %s before %s: %s', (a, b, expected) => {
  expect(isOlder(a, b)).toBe(expected);
});
