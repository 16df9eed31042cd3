import { describe, expect, it } from 'vitest';
import type { Outcome } from '../harness/measure';
import { boundOf } from './trainTables';

const way = (name: string, kinds: readonly (readonly number[])[], rounds: number): Outcome => ({
  name,
  versions: {},
  samples: { step: new Array<number>(rounds).fill(1) },
  cpuSamples: {},
  refused: {},
  facts: {
    products: kinds.map((seconds, i) => ({
      name: `p${i}`,
      count: 1,
      operations: 1,
      form: 'fused',
      seconds: [...seconds],
    })),
  },
});

describe('boundOf', () => {
  it('takes each product from whoever is fastest at it, without the warm-up, round by round', () => {
    const bound = boundOf([
      way('ours, fused', [[0, 0, 0]], 3),
      way(
        'products bare, 1 thread',
        [
          [9, 9, 3, 3, 4],
          [9, 9, 1, 2, 1],
        ],
        3,
      ),
      way(
        'products bare, 2 threads',
        [
          [9, 9, 2, 2, 2],
          [9, 9, 5, 5, 5],
        ],
        3,
      ),
    ])!;
    expect(bound.kinds.map(({ who, time }) => [who, time])).toEqual([
      ['products bare, 2 threads', 2],
      ['products bare, 1 thread', 1],
    ]);
    expect(bound.samples).toEqual([3, 4, 3]);
  });

  it('is none where nobody multiplied bare', () => {
    expect(boundOf([way('ours, fused', [[1]], 1)])).toBeUndefined();
  });
});
