import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { numpyIntegers } from './numpyRandom';

const fixture: { seed: number; bound: number; draws: number[] }[] = JSON.parse(
  readFileSync(fileURLToPath(new URL('fixtures/numpy.json', import.meta.url)), 'utf8'),
);

it.each(fixture)('draws the numbers of default_rng($seed) below $bound', ({ seed, bound, draws }) => {
  const draw = numpyIntegers(seed);
  expect(draws.map(() => draw(bound))).toEqual(draws);
});
