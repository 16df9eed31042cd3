import { expect, it } from 'vitest';
import type { TokenBatch } from '../../data/batch';
import { type EpochShape, epochShape } from './epochShape';
import type { TokenBatches } from './task';

type Sizes = readonly [rows: number, source: number, target: number];

/** Batches of these sizes, two pads in each target. */
const shapeOf = (sizes: readonly Sizes[], sides = true): EpochShape => {
  const all = sizes.map(([rows, s, t]) => ({
    sourceShape: [rows, s] as const,
    targetShape: [rows, t] as const,
    sourceTokens: rows * s,
    targetTokens: rows * t - 2,
  }));
  const batches = { epoch: () => all.values() as IterableIterator<TokenBatch> };
  return epochShape(batches as unknown as TokenBatches, sides, { width: 4, heads: 2 }, () => {});
};

it('adds up tokens and positions, of the target alone where the source is not read', () => {
  const sizes: Sizes[] = [
    [2, 5, 6],
    [3, 4, 4],
    [1, 7, 9],
  ];
  expect(shapeOf(sizes)).toMatchObject({
    batches: 3,
    positions: 22 + 24 + 16,
    tokens: { source: 10 + 12 + 7, target: 10 + 10 + 7 },
  });
  expect(shapeOf(sizes, false)).toMatchObject({ positions: 12 + 12 + 9, tokens: { source: 0, target: 27 } });
});

it('finds the batch of the median size, and the one whose attention maps are largest among equal ones', () => {
  const even: Sizes[] = [
    [40, 3, 3],
    [1, 2, 2],
    [4, 30, 30],
    [12, 10, 10],
    [10, 11, 12],
  ];
  const { typical, largest } = shapeOf(even);
  // Positions 240, 4, 240, 240, 230; rows (8 4 (s + t) + 2 (s s + s t + t t)) is largest at the longest.
  expect(largest).toBe(2);
  expect([0, 2, 3]).toContain(typical);
  expect(shapeOf(even.slice(1)).typical).toBe(1);
  expect(
    shapeOf([
      [1, 50, 50],
      [100, 9, 9],
    ]).largest,
  ).toBe(1);
});
