import { expect, it } from 'vitest';
import { fitGrowth } from '../fit/fitGrowth';
import { fitTheory } from '../fit/fitTheory';
import { sampled } from '../measure/sampled';
import { outputChangeFigure } from './outputChange';

interface Layer {
  readonly data: { readonly values: readonly { readonly depth: number; readonly change: number }[] };
}

it('leaves out what a logarithmic axis cannot show, a fitted law below zero as well, and nothing else', async () => {
  // Nothing at first, then a line: its law is negative where it begins.
  const points = [0, 1, 2, 3, 4, 5, 6, 7].map((value, i) => ({ depth: i + 1, value: 10 * value }));
  const fit = await fitGrowth(points);
  expect(fit.best.law).toBe('linear');
  const theory = fitTheory(points, {
    inputChange: 0,
    outputChange: points.map(({ depth, value }) => ({ depth, change: value, diagonalSum: depth })),
  });
  const check = {
    points: points.map(({ depth, value }) => ({
      blocks: depth,
      depth,
      change: sampled([value, value]),
      squaredNorm: value,
    })),
    fit,
    theory,
    verdict: {
      class: 'linear',
      notation: 'O(N)',
      word: 'amplifies',
      sure: true,
      amplifies: true,
      expected: [],
      text: '',
    },
  } as const;
  const drawn = (logChange: boolean): readonly number[][] =>
    (outputChangeFigure({ it: check }, { logChange }).layer as readonly Layer[])
      .slice(1)
      .map(({ data }) => data.values.map(({ change }) => change));
  const [lines, measured] = drawn(true);
  expect(measured).toEqual([10, 20, 30, 40, 50, 60, 70]);
  expect(Math.min(...lines!)).toBeGreaterThan(0);
  const [allLines, all] = drawn(false);
  expect(all).toEqual(points.map(({ value }) => value));
  expect(allLines!.length).toBeGreaterThan(lines!.length);
  expect(Math.max(...lines!)).toBeCloseTo(Math.max(...allLines!), 6);
});
