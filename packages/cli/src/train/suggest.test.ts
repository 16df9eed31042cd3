import { describe, expect, it } from 'vitest';
import { Lengths } from './lengths';
import { suggest } from './suggest';
import type { Survey } from './survey';

/** A corpus of so many pairs of sentences alike. */
const corpus = (kept: number, wordsEach: number): Survey => {
  const side = {
    words: kept * wordsEach,
    characters: kept * wordsEach * 5,
    alphabet: 80,
    lengths: { median: wordsEach * 5, p90: wordsEach * 8, p99: wordsEach * 12, longest: wordsEach * 20 },
  };
  return { kept, dropped: {}, sides: [side, side] };
};

describe('suggest', () => {
  it('grows with the text', () => {
    // Of the size of Multi30k, IWSLT'14 and WMT'14 English-German.
    expect(suggest(corpus(29_000, 12))).toEqual({
      ...{ merges: 4000, width: 256, heads: 4, depth: 6, epochs: 30 },
      ...{ maxTokens: 4096, updates: 3500, warmup: 350, every: 180, valid: 0.02 },
    });
    expect(suggest(corpus(160_000, 20))).toMatchObject({
      merges: 8000,
      width: 512,
      depth: 6,
      updates: 22_000,
      valid: 2000,
    });
    expect(suggest(corpus(4_500_000, 25))).toMatchObject({
      ...{ merges: 32_000, width: 512, depth: 12 },
      ...{ maxTokens: 4096, updates: 100_000, warmup: 4000, every: 2000, valid: 2000 },
    });
  });

  it('takes long lines of a short text', () => {
    expect(suggest(corpus(10, 100))).toMatchObject({ maxTokens: 512, updates: 200, warmup: 20, every: 10 });
  });
});

describe('Lengths', () => {
  it('counts to quantiles', () => {
    const lengths = new Lengths();
    for (let i = 100; i >= 1; i--) lengths.add(i);
    expect(lengths.quantiles).toEqual({ median: 50, p90: 90, p99: 99, longest: 100 });
    lengths.add(1000);
    expect(lengths.quantiles).toEqual({ median: 51, p90: 91, p99: 100, longest: 1000 });
    expect(new Lengths().quantiles).toEqual({ median: 0, p90: 0, p99: 0, longest: 0 });
  });
});
