import { expect, it } from 'vitest';
import { METHODS, type Method } from '../../measure/methods';
import type { Point } from './points';
import { claimsOf } from './verdict';

/** Networks of three seeds at 2 depths and 2 rates; which of them fail is as asked. */
const map = (fails: (method: Method, depth: number, rate: number, seed: number) => boolean): Point[] =>
  METHODS.flatMap((method) =>
    [3, 12].flatMap((depth) =>
      [1e-3, 4e-3].flatMap((rate) =>
        [1, 2, 3].map((seed) => ({
          method,
          depth,
          rate,
          seed,
          curve: [{ update: 9, nll: fails(method, depth, rate, seed) ? 4 : 2 }],
          diverged: false,
          unigram: 4,
        })),
      ),
    ),
  );
const words = (points: readonly Point[]) => claimsOf(points).map(({ word }) => word);

it('names the smallest setting in which Post-LN alone fails', () => {
  const points = map((method, depth) => method === 'postLN' && depth === 12);
  expect(words(points)).toEqual(['agrees', 'agrees', 'agrees', 'agrees']);
  expect(claimsOf(points)[0]!.found).toBe(
    'in 2 of 4, the smallest 12-12 at 0.001; Post-LN fails in 2 of 4 settings, Admin in 0 of 4 settings',
  );
});

it('is refuted where Post-LN fails nowhere, or no more than the others', () => {
  expect(words(map(() => false))).toEqual(['disagrees', 'disagrees', 'disagrees', 'agrees']);
  expect(words(map((_, depth) => depth === 12))).toEqual(['disagrees', 'disagrees', 'agrees', 'agrees']);
  const reversed = map((method, depth) => method === 'admin' && depth === 3);
  expect(words(reversed)).toEqual(['disagrees', 'disagrees', 'disagrees', 'disagrees']);
});

it('cannot tell where only some of the networks fail, nor from one seed', () => {
  const some = map((method, depth, _, seed) => method === 'postLN' && depth === 12 && seed === 1);
  expect(words(some)).toEqual(['cannot tell', 'cannot tell', 'cannot tell', 'agrees']);
  const one = map((method) => method === 'postLN').filter(({ seed }) => seed === 1);
  expect(new Set(words(one))).toEqual(new Set(['cannot tell']));
});
