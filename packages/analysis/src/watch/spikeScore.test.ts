import { randomStream } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { SpikeScore } from './spikeScore';

const scored = (values: Iterable<number>): SpikeScore => {
  const score = new SpikeScore();
  for (const value of values) score.add(value);
  return score;
};

describe('SpikeScore', () => {
  it('is the share of values beyond mean + 6 deviations of the 128 before', () => {
    const values = Array.from(randomStream(1).normal(400));
    for (const [at, by] of [
      [100, 30],
      [200, 7.5],
      [300, 9],
    ] as const)
      values[at] = by;
    // By the definition, value by value. The first hides the second, and no longer the third.
    const spikes = values.filter((value, t) => {
      if (t < 16) return false;
      const before = values.slice(Math.max(0, t - 128), t);
      const mean = before.reduce((sum, x) => sum + x, 0) / before.length;
      const square = before.reduce((sum, x) => sum + (x - mean) ** 2, 0) / before.length;
      return value > mean + 6 * Math.sqrt(square);
    });
    expect(spikes).toEqual([30, 9]);
    expect(scored(values).share).toBe(2 / (400 - 16));
  });

  it('knows nothing at first, and takes no fall, and no series that stands still, for a spike', () => {
    expect(scored(new Array(16).fill(1)).share).toBeUndefined();
    expect(scored(new Array(200).fill(0.1)).share).toBe(0);
    expect(scored(Array.from({ length: 100 }, (_, i) => 10 - i)).share).toBe(0);
  });

  it('counts what is not finite, and forgets it', () => {
    const values: number[] = Array.from(randomStream(2).normal(40));
    values[20] = Number.NaN;
    values[30] = Number.POSITIVE_INFINITY;
    const score = scored(values);
    expect(score.share).toBe(2 / 24);
    expect(score.median).toBe(values.filter(Number.isFinite).sort((a, b) => a - b)[19]);
  });
});
