import { expect, it } from 'vitest';
import { fig1 } from '../items/fig1/fig1';
import { fig9 } from '../items/fig9/fig9';
import { apart, atDepth, type DepthPoint } from './depths';
import { METHODS, type Method } from './methods';

/** Networks of three seeds, the last first, whose losses at the end are as asked, each a little apart. */
const networks = (depths: readonly number[], nll: (method: Method, depth: number) => number): DepthPoint[] =>
  METHODS.flatMap((method) =>
    depths.flatMap((depth) =>
      [3, 2, 1].map((seed) => ({
        method,
        depth,
        seed,
        curve: [{ update: 9, nll: nll(method, depth) + (seed * (method === 'admin' ? 2 : 1)) / 1000 }],
        diverged: false,
        unigram: 4,
      })),
    ),
  );

const paper = (method: Method, depth: number): number => {
  if (method === 'postLN') return depth === 6 ? 2 : 4;
  return (method === 'admin' ? 1.9 : 2) - depth / 100;
};
const reversed = (method: Method, depth: number): number => {
  if (method === 'postLN') return depth === 6 ? 4 : 2;
  return (method === 'admin' ? 4.1 : 4) + depth / 100;
};

it('takes networks by seed and compares those of the same', () => {
  const points = networks([6], paper);
  expect(atDepth(points, 'admin', 6).map(({ seed }) => seed)).toEqual([1, 2, 3]);
  const differences = apart(atDepth(points, 'admin', 6), atDepth(points, 'preLN', 6));
  expect(differences.map((value) => Math.round(value * 1e4))).toEqual([-990, -980, -970]);
});

it.each([
  [fig1, [6, 18], 5],
  [fig9, [6, 12, 18], 8],
] as const)('words every claim both ways', async (item, depths, claims) => {
  const all = (word: string): string[] => Array.from({ length: claims }, () => word);
  const words = async (points: readonly DepthPoint[]) => (await item.verdict(points)).map(({ word }) => word);
  expect(await words(networks(depths, paper))).toEqual(all('agrees'));
  expect(await words(networks(depths, reversed))).toEqual(all('disagrees'));
});
