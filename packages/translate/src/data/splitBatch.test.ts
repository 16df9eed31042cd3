import { describe, expect, it } from 'vitest';
import { makeBatch } from './batch';
import { packTokens } from './encodeCorpus';
import { splitBatch } from './splitBatch';

const sentences = [[5], [6, 7, 8], [9, 4], [5, 5, 5], [7]];
const corpus = { source: packTokens(sentences), target: packTokens(sentences.map((ids) => [...ids, 8])) };
const batch = makeBatch(corpus, [0, 1, 2, 3, 4]);

describe('splitBatch', () => {
  it.each([1, 2, 3, 5])('divides the sentences among %i batches, in order and as they were', (count) => {
    const parts = splitBatch(batch, count);
    expect(parts).toHaveLength(count);
    const joined = (read: (part: (typeof parts)[number]) => Int32Array): number[] =>
      parts.flatMap((part) => Array.from(read(part)));
    expect(joined(({ source }) => source)).toEqual(Array.from(batch.source));
    expect(joined(({ targetInput }) => targetInput)).toEqual(Array.from(batch.targetInput));
    expect(joined(({ targetOutput }) => targetOutput)).toEqual(Array.from(batch.targetOutput));
    expect(joined(({ indices }) => indices)).toEqual([0, 1, 2, 3, 4]);
    const sizes = parts.map(({ sourceShape, targetShape }) => [sourceShape[0], targetShape[0]]);
    for (const [sources, targets] of sizes) {
      expect(targets).toBe(sources);
      expect(Math.abs(sources! - 5 / count)).toBeLessThan(1);
    }
    expect(parts.reduce((sum, { sourceTokens }) => sum + sourceTokens, 0)).toBe(batch.sourceTokens);
    expect(parts.reduce((sum, { targetTokens }) => sum + targetTokens, 0)).toBe(batch.targetTokens);
  });

  it('gives fewer batches where there are fewer sentences', () => {
    expect(splitBatch(makeBatch(corpus, [1]), 3)).toEqual([makeBatch(corpus, [1])]);
  });
});
