import { expect, it } from 'vitest';
import { best, COMPARED, type Point, RULES } from './points';
import { claimsOf } from './verdict';

const LOSSES = { postLN: { sgd: [4, 3], adam: [2, 2.5] }, preLN: { sgd: [4, 2.4], adam: [2.2, 2] } };
const MOVED = { sgd: 0.2, adam: 0.8 };

const points: Point[] = COMPARED.flatMap((method) =>
  RULES.flatMap((rule) =>
    [0.1, 1].flatMap((rate, i) =>
      [1, 2, 3].map((seed) => ({
        method,
        rule,
        rate,
        seed,
        moved: MOVED[rule] + seed / 1000,
        curve: [{ update: 9, nll: LOSSES[method][rule][i]! + (seed * (rule === 'sgd' ? 1 : 1.5)) / 1000 }],
        diverged: false,
        unigram: 5,
      })),
    ),
  ),
);

it('holds the optimizers against each other at the best rate of each', () => {
  expect(best(points, 'postLN', 'sgd').map(({ rate }) => rate)).toEqual([1, 1, 1]);
  expect(best(points, 'postLN', 'adam').map(({ rate }) => rate)).toEqual([0.1, 0.1, 0.1]);
  const [gap, ...others] = claimsOf(points);
  expect(gap).toMatchObject({ word: 'agrees', found: expect.stringContaining('(SGD at 1, Adam at 0.1)') });
  // Apart by 1 nat with Post-LN and by 0.4 with Pre-LN.
  expect(others.map(({ word }) => word)).toEqual(['agrees', 'agrees', 'agrees']);
});

it('does not take a rate that diverges for the best, and says so where all do', () => {
  // What diverged counts with the unigrams' loss, which may be below that of a model that learns nothing.
  const broken = points.map((each) =>
    each.rule === 'sgd' && each.rate === 1 ? { ...each, diverged: true, moved: null, unigram: 3 } : each,
  );
  expect(best(broken, 'postLN', 'sgd')[0]!.rate).toBe(0.1);
  const all = points.map((each) => (each.rule === 'sgd' ? { ...each, diverged: true, moved: null } : each));
  expect(claimsOf(all)[1]).toMatchObject({ word: 'cannot tell', found: 'none' });
});
