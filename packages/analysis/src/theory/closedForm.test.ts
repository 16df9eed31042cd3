import {
  admin,
  adminConstant,
  b2t,
  deepNorm,
  fixup,
  gpt2Scaling,
  layerScale,
  postLN,
  preLN,
  type ResidualMethod,
} from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { type BranchForm, branchMoments, predict } from '..';
import { changeUnder, streamMoments } from './closedForm';
import type { StreamMoments } from './description';
import { tFixupFused } from './fixtures/peers';
import { reluCorrelation } from './gaussian';

const e = 1e-4;
const sign = { kind: 'sign', size: e } as const;
const stream = (tokens: number, covariance = 0, power = 1): StreamMoments =>
  streamMoments({ power, covariance }, { count: tokens });

const feedForward = (ratio: number, dropout = {}): BranchForm => ({
  kind: 'feedForward',
  width: 512,
  hidden: 512 * ratio,
  dropout,
});
/** Queries of zero: weights are even. */
const attention: BranchForm = { kind: 'selfAttention', width: 512, gains: { query: 0 } };

describe('branch variance at initialisation', () => {
  it.each([
    [1, 0.5],
    [2, 0.4444],
    [4, 0.32],
    [8, 0.1975],
  ])('is 2r / (1 + r)^2 of a feed-forward branch, r = %i', (ratio, variance) => {
    const { power, gradientGain } = branchMoments(feedForward(ratio), stream(8));
    expect(power).toBeCloseTo(variance, 4);
    expect(gradientGain).toBeCloseTo(variance, 4);
  });

  it('is divided by what dropout keeps: 0.3951 with rates of 0.1', () => {
    const form = feedForward(4, { hidden: 0.1, output: 0.1 });
    expect(branchMoments(form, stream(8)).power).toBeCloseTo(0.3951, 4);
  });

  it('is 1/2 [1 / T + rho (1 - 1 / T)] of attention, at most 0.5 / 0.9 with dropout 0.1', () => {
    const at = (covariance: number, count: number, form = attention) =>
      branchMoments(form, stream(count, covariance)).power;
    expect(at(0.3, 20)).toBeCloseTo(0.5 * (1 / 20 + 0.3 * (1 - 1 / 20)), 12);
    expect(at(1, 20, { ...attention, dropout: { output: 0.1 } })).toBeCloseTo(0.5556, 4);
    // The first position of causal attention sees itself alone, the mean lies between.
    expect(at(0, 1, { ...attention, causal: true })).toBeCloseTo(0.5, 12);
    expect(at(0, 4, { ...attention, causal: true })).toBeCloseTo((0.5 * (1 + 1 / 2 + 1 / 3 + 1 / 4)) / 4, 12);
  });

  it('counts what attention dropout adds: p / ((1 - p) T) of half the power', () => {
    const form: BranchForm = { ...attention, dropout: { weights: 0.1 } };
    const { power } = branchMoments(form, stream(10));
    expect(power).toBeCloseTo(0.5 * (0.1 + 0.1 / 0.9 / 10), 12);
  });

  it('knows how ReLU decorrelates: 1 to 1, 0 to 1 / pi, -1 to 0', () => {
    expect(reluCorrelation(1)).toBeCloseTo(1, 12);
    expect(reluCorrelation(0)).toBeCloseTo(1 / Math.PI, 12);
    expect(reluCorrelation(-1)).toBeCloseTo(0, 12);
  });
});

describe('change of a branch', () => {
  it('under signs is (1 + r) D e^2 and 3 D e^2 of its variance', () => {
    const relative = (form: BranchForm, covariance: number) => {
      const input = stream(16, covariance, 1.5);
      const moments = branchMoments(form, input);
      return changeUnder(sign, moments, { input, width: 512 })! / moments.power;
    };
    expect(relative(feedForward(4), 0.2)).toBeCloseTo(2.56e-5, 10);
    expect(relative(attention, 0.2)).toBeCloseTo(1.536e-5, 10);
  });

  it('under relative noise is the ratio squared for each matrix on the value path', () => {
    const noise = { kind: 'gaussian', ratio: 0.01 } as const;
    for (const form of [feedForward(2), attention]) {
      const input = stream(16);
      const moments = branchMoments(form, input);
      expect(changeUnder(noise, moments, { input, width: 512 })! / moments.power).toBeCloseTo(2e-4, 12);
    }
  });
});

/** The encoder of the numerical check: D 512, d_ff 2048, 4 sentences of 32 Zipf tokens, no dropout. */
const encoder = (method: ResidualMethod, branches: number, embedding: boolean) =>
  predict(
    {
      method,
      depth: branches / 2,
      input: { variance: 1.33, secondMoment: 1.5, correlation: 0.185 },
      tokens: { count: 32 },
    },
    { perturbation: { kind: 'sign', size: 1, embedding } },
  );

describe('closed forms all the way', () => {
  const depths = [1, 2, 4, 6, 12, 24, 36, 72, 100, 200];

  // Measured beforehand by a program of its own, the mean of 8 networks; Post-LN's deep ones drift apart as tokens collapse.
  it.each([
    [preLN(), [480, 937, 1434, 1859, 2778, 4031, 4809, 6030, 6793, 7434], 0.03, 0.07],
    [admin(), [584, 1005, 1524, 1943, 2871, 4107, 4903, 6119, 6940, 7572], 0.04, 0.05],
    [adminConstant(), [391, 413, 440, 466, 543, 706, 875, 1403, 1832, 3383], 0.005, 0.05],
    [postLN(), [584, 1184, 2100, 3036, 5757, 12050, 20137, 47955, 60805, 151011], 0.23, 0.28],
  ] as const)('give what 8 networks were measured to do: %o', (method, row, near, far) => {
    const { outputChange } = encoder(method, 200, true);
    for (const [i, n] of depths.entries()) {
      const error = Math.abs(outputChange[n - 1]!.change / row[i]! - 1);
      expect(error).toBeLessThan(n <= 100 ? near : far);
      if (n <= 24) expect(error).toBeLessThan(0.05);
    }
  });

  // Measured as above, 2 or 3 networks each.
  it.each([
    [preLN(), [5.24, 10.95, 15.1], 0.08],
    [gpt2Scaling(), [4.22, 16.0, 62.7], 0.015],
    [layerScale({ initial: 0.1 }), [0.09, 0.34, 1.29], 0.005],
    [deepNorm(), [0.48, 0.48, 0.48], 0.015],
    [fixup(), [0.53, 0.53, 0.52], 0.03],
  ] as const)('give the measured absolute output change of peers: %o', (method, row, off) => {
    for (const [i, n] of [12, 48, 192].entries()) {
      const change = encoder(method, n, false).outputChange.at(-1)!.change / 512;
      const rounding = 0.005 / row[i]!;
      expect(Math.abs(change / row[i]! - 1)).toBeLessThan(off + rounding);
    }
  });

  it('give the square root of T-Fixup, whose small embeddings leave the positions alike', () => {
    for (const [n, expected] of [
      [12, 2.48],
      [48, 5],
      [192, 10],
    ] as const) {
      const { outputChange } = predict(
        {
          method: tFixupFused,
          depth: n / 2,
          input: { variance: 0.5, correlation: 0.4 },
          tokens: { count: 32 },
        },
        { perturbation: sign },
      );
      const change = outputChange.at(-1)!.change / (512 * e * e);
      expect(Math.abs(change / expected - 1)).toBeLessThan(0.05);
    }
  });

  it('give the sum of B2T: beta^2 = v / (2 + 2 / sqrt(1 + v_att) + v) behind unit streams', () => {
    const variance = { selfAttention: 0.25, feedForward: 0.32 };
    const { diagonal, dependency } = predict({ method: b2t(), depth: 3, variance });
    const [attentionBeta, feedForwardBeta] = [diagonal[2]!, diagonal[3]!];
    expect(attentionBeta ** 2).toBeCloseTo(0.25 / 1.25, 12);
    expect(feedForwardBeta ** 2).toBeCloseTo(0.32 / (2 + 2 / Math.sqrt(1.25) + 0.32), 12);
    for (const row of dependency) expect(row.reduce((sum, beta) => sum + beta ** 2, 0)).toBeCloseTo(1, 12);
  });
});
