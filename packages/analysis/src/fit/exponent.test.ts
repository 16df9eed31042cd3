import { randomStream } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { fitGrowth } from '..';
import { verdictOf } from '../check/verdict';
import { growthExponent, meanAndError } from './exponent';
import { weightsOf } from './points';

const depths = [2, 4, 6, 8, 12, 16, 24, 32];

/** Networks whose change wanders about f by a random walk over depth, as prefixes of one network do. */
const wandering = (f: (n: number) => number, count: number, seed: number, step = 0.12, input = 0.4) => {
  const steps = randomStream(seed).normal(count * depths.length, 0, step);
  return Array.from({ length: count }, (_, s) => {
    let log = 0;
    const changes = depths.map((n, k) => {
      log += steps[s * depths.length + k]!;
      return input + f(n) * Math.exp(log - (step ** 2 * (k + 1)) / 2);
    });
    return { inputChange: input, changes };
  });
};

describe('growthExponent', () => {
  it('is the power of a pure power, and leaves the change of the input out', () => {
    const networks = [1, 1.1].map((share) => ({
      inputChange: 5,
      changes: depths.map((n) => 5 + share * 3 * n ** 0.7),
    }));
    const { estimate, of } = growthExponent(depths, networks)!;
    expect(estimate.value).toBeCloseTo(0.7, 10);
    expect(of((n) => n)).toBeCloseTo(1, 10);
    expect(of((n) => Math.log1p(n / 4))).toBeGreaterThan(0.55);
    expect(of((n) => Math.log1p(n / 4))).toBeLessThan(0.75);
    expect(of(() => 7)).toBeCloseTo(0, 10);
    // Networks that differ by a factor alone agree on the power.
    const [low, high] = estimate.interval!;
    expect(high - low).toBeLessThan(1e-9);
  });

  it('has no interval with one network, and is undefined where the branches do nothing', () => {
    const one = { inputChange: 1, changes: depths.map((n) => 1 + n) };
    expect(growthExponent(depths, [one])!.estimate).toMatchObject({ interval: null });
    expect(growthExponent(depths, [{ inputChange: 1, changes: depths.map(() => 1) }])).toBeUndefined();
    expect(growthExponent(depths, [one], 100)).toBeUndefined();
  });

  it.each([4, 8])('covers the true power with its 95 %% intervals over %i networks that wander', (count) => {
    const runs = 200;
    let covered = 0;
    for (let run = 0; run < runs; run++) {
      const { interval } = growthExponent(
        depths,
        wandering((n) => n, count, run + 1),
      )!.estimate;
      if (interval![0] <= 1 && 1 <= interval![1]) covered += 1;
    }
    expect(covered / runs).toBeGreaterThan(0.9);
    expect(covered / runs).toBeLessThan(0.995);
  });

  // Why the law is not taken from AICc here: the points of a mean curve hang together, and D_0 is known.
  it('leads to no wrong law where the best by AICc is a wrong one in a fifth of all runs', async () => {
    const runs = 40;
    const logarithm = (n: number): number => 3 * Math.log1p(n / 4);
    let [best, wrong] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const networks = wandering(logarithm, 4, 1000 + run);
      const points = depths.map((depth, k) => ({
        depth,
        value: meanAndError(networks.map(({ changes }) => changes[k]!)).value,
      }));
      if ((await fitGrowth(points)).class !== 'logarithmic') best += 1;
      const { class: named } = verdictOf({
        depths,
        networks,
        predicted: depths.map(logarithm),
        offset: 4,
        constantKnown: true,
        alongGradient: false,
        r2: 1,
        remedy: 'scale',
      });
      if (named !== undefined && named !== 'logarithmic') wrong += 1;
    }
    expect(best / runs).toBeGreaterThan(0.2);
    expect(wrong).toBeLessThanOrEqual(1);
  });

  it('gives the same interval every time', () => {
    const networks = wandering((n) => n, 5, 3);
    expect(growthExponent(depths, networks)!.estimate).toEqual(growthExponent(depths, networks)!.estimate);
  });
});

describe('weights of points', () => {
  it('are inverse squares of smoothed errors, 1 in the mean; equal where an error is missing', async () => {
    const points = depths.map((depth) => ({ depth, value: 10, error: 0.1 * depth }));
    const weights = weightsOf(points);
    expect(weights.reduce((sum, w) => sum + w, 0) / weights.length).toBeCloseTo(1, 12);
    expect(weights[0]! / weights[1]!).toBeCloseTo(4, 6);
    expect(weightsOf([...points.slice(1), { depth: 64, value: 1 }])).toEqual(depths.map(() => 1));
    // The shallow points are sure: a line through them and a deep one that is not.
    const bent = depths.map((depth) => ({
      depth,
      value: depth === 32 ? 64 : depth,
      error: 0.001 * depth ** 3,
    }));
    const slope = async (of: typeof bent | { depth: number; value: number }[]) =>
      (await fitGrowth(of)).fits.find(({ law }) => law === 'linear')!.parameters.b!.value;
    expect(await slope(bent)).toBeLessThan(1.05);
    expect(await slope(bent.map(({ depth, value }) => ({ depth, value })))).toBeGreaterThan(1.5);
    await expect(fitGrowth(bent.map((point) => ({ ...point, error: -1 })))).rejects.toThrow(
      'error at depth 2',
    );
  });
});
