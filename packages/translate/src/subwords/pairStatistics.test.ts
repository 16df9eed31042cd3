import { expect, it } from 'vitest';
import { PairStatistics } from './pairStatistics';

const counted = (statistics: PairStatistics): Record<string, number> =>
  Object.fromEntries(
    statistics.counts
      .map((count, pair) => [`${statistics.left[pair]} ${statistics.right[pair]}`, count] as const)
      .filter(([, count]) => count !== 0),
  );

it('keeps the counts that counting anew would give', () => {
  const texts = [[1, 2, 3, 1, 2], [1, 1, 1, 1, 1], [3, 1, 2, 1, 2, 2], [2], [1, 2]];
  const words = texts.map((text, i) => ({ symbols: Int32Array.from(text), count: i + 1 }));
  const statistics = new PairStatistics(words);
  for (const [left, right, symbol] of [
    [1, 2, 4],
    [1, 1, 5],
    [4, 4, 6],
    [5, 5, 7],
    [3, 4, 8],
  ] as const) {
    const pair = statistics.left.findIndex((a, i) => a === left && statistics.right[i] === right);
    statistics.merge(pair, symbol);
    expect(counted(statistics)).toEqual(counted(new PairStatistics(words)));
  }
  expect(words.map((word) => [...word.symbols])).toEqual([[4, 8], [7, 1], [3, 6, 2], [2], [4]]);
});
