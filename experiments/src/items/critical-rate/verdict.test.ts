import { expect, it } from 'vitest';
import { breakingFactor, METHODS, type Method, type Point } from './points';
import { claimsOf } from './verdict';

/** Networks of 3 seeds at 2 and 8 blocks, whose loss is 4 below a factor and 5 from there on; unigrams 4.5. */
const networks = (
  limit: (method: Method, depth: number) => number,
  breaks: (method: Method, depth: number) => number,
): Point[] =>
  METHODS.flatMap((method) =>
    [2, 8].flatMap((depth) =>
      [1, 2, 3].map((seed) => ({
        ...{ method, depth, seed, unigram: 4.5, transferred: limit(method, depth) },
        limits: { curvature: null, loss: 10, change: limit(method, depth) },
        runs: [1, 4, 16, 64].map((factor) => ({
          factor,
          end: factor < breaks(method, depth) ? 4 : 5,
          spike: 0,
        })),
      })),
    ),
  );
const words = (points: readonly Point[]): string[] => claimsOf(points).map(({ word }) => word);
const falling = (method: Method, depth: number): number => (method === 'postLN' ? 0.1 / depth : 0.1);

it('agrees where all break at one factor, and Post-LN at a rate that falls', () => {
  const points = networks(falling, () => 16);
  expect(new Set(words(points))).toEqual(new Set(['agrees']));
  expect(new Set(points.map((each) => breakingFactor(each)))).toEqual(new Set([16]));
});

it('is refuted where factors lie far apart, limits are missed and nothing falls', () => {
  const apart = networks(falling, (method) => (method === 'admin' ? 4 : 64)).map((point) => ({
    ...point,
    transferred: 9,
    limits: { ...point.limits, loss: 1e-3 },
  }));
  expect(words(apart)).toEqual(['agrees', 'disagrees', 'agrees', 'disagrees', 'disagrees']);
  const level = networks(
    () => 0.1,
    (method, depth) => (method === 'postLN' && depth === 8 ? 16 : 4),
  );
  expect(words(level)[2]).toBe('disagrees');
});

it('cannot tell from one seed', () => {
  const one = networks(falling, () => 16).filter(({ seed }) => seed === 1);
  expect(new Set(words(one))).toEqual(new Set(['cannot tell']));
});
