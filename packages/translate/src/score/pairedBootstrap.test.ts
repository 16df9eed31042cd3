import { expect, it } from 'vitest';
import type { Metric } from './metric';
import { pairedBootstrap } from './pairedBootstrap';

const texts = ['a b', 'c', 'd e f'];
const better = ['a b', 'c', 'd e'];

it('tells how far it is, and ends where it is told to', () => {
  const seen: unknown[] = [];
  pairedBootstrap(texts, better, texts, { samples: 25, onProgress: (progress) => seen.push(progress) });
  expect(seen).toEqual([
    { done: 10, total: 25 },
    { done: 20, total: 25 },
  ]);
  const enough = () => {
    throw new Error('enough');
  };
  expect(() => pairedBootstrap(texts, better, texts, { samples: 25, onProgress: enough })).toThrow('enough');
});

it.each([
  ['all sentences', () => Number.NaN],
  // A resample without the longest sentence: 0 / 0.
  ['some resamples', ([sum]: readonly number[]) => (sum! < 5 ? Number.NaN : sum!)],
])('a score of NaN for %s is an error, not a significant difference', (_, score) => {
  const metric: Metric = {
    name: 'own',
    statistics: (text) => [text.split(' ').length],
    scoreOf: (sums) => ({ score: score(sums) }),
    signature: [],
  };
  expect(() => pairedBootstrap(texts, better, texts, { metric, samples: 50 })).toThrow(
    'pairedBootstrap: own gives the score NaN for some sentences.',
  );
});
