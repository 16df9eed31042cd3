import { expect, it } from 'vitest';
import { evenStretches, stretchesOf } from './stretches';

it('puts stretches one after another', () => {
  expect(stretchesOf('f()', [2, 0, 3], 3, 5)).toEqual([
    { from: 0, to: 2 },
    { from: 2, to: 2 },
    { from: 2, to: 5 },
  ]);
});

it.each<readonly [unknown, string]>([
  [[2, 2], '[2, 2]'],
  [[2, 2, 2], '[2, 2, 2]'],
  [[6, -1, 0], '[6, -1, 0]'],
  [[2.5, 2.5, 0], '[2.5, 2.5, 0]'],
  [undefined, 'undefined'],
])('refuses %s', (lengths, shown) => {
  expect(() => stretchesOf('f()', lengths as number[], 3, 5)).toThrow(
    `f() lengths: received ${shown}, allowed 3 whole numbers >= 0, a rank each, that add up to the array's 5`,
  );
});

it('shares out evenly, to the last number', () => {
  expect(evenStretches(3, 8).map(({ from, to }) => to - from)).toEqual([3, 3, 2]);
  expect(evenStretches(3, 2).at(-1)).toEqual({ from: 2, to: 2 });
});
