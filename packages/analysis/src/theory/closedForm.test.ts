import {
  admin,
  adminConstant,
  b2t,
  deepNorm,
  gpt2Scaling,
  layerScale,
  postLN,
  preLN,
  type ResidualMethod,
} from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { type BranchForm, branchMoments, predict } from '..';
import { changeUnder, reluCorrelation, streamMoments } from './closedForm';
import type { StreamMoments } from './description';
import { tFixupFused } from './fixtures/peers';

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
const attention: BranchForm = { kind: 'selfAttention', width: 512 };

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
      const moments = branchMoments(form, stream(16, covariance, 1.5));
      return changeUnder(sign, moments) / moments.power;
    };
    expect(relative(feedForward(4), 0.2)).toBeCloseTo(2.56e-5, 10);
    expect(relative(attention, 0.2)).toBeCloseTo(1.536e-5, 10);
  });

  it('under relative noise is the ratio squared for each matrix on the value path', () => {
    const noise = { kind: 'gaussian', ratio: 0.01 } as const;
    for (const form of [feedForward(2), attention]) {
      const moments = branchMoments(form, stream(16));
      expect(changeUnder(noise, moments) / moments.power).toBeCloseTo(2e-4, 12);
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

  it.each([
    [postLN(), [610, 1235, 2090, 3022, 6083, 12705, 19515, 39788, 55662, 112133]],
    [preLN(), [495, 966, 1453, 1872, 2844, 4082, 4876, 6286, 6955, 8383]],
    [admin(), [610, 1048, 1523, 1934, 2873, 4079, 4853, 6242, 6903, 8317]],
    [adminConstant(), [392, 414, 441, 467, 546, 709, 873, 1385, 1803, 3449]],
  ] as const)('give the predicted row of the numerical check within 1.5 %%: %o', (method, row) => {
    const { outputChange } = encoder(method, 200, true);
    for (const [i, n] of depths.entries()) {
      expect(Math.abs(outputChange[n - 1]!.change / row[i]! - 1)).toBeLessThan(0.015);
    }
  });

  it.each([
    [postLN(), [11.1, 50.7, 210]],
    [preLN(), [4.78, 9.95, 15.3]],
    [gpt2Scaling(), [4.08, 15.4, 61.0]],
    [layerScale({ initial: 0.1 }), [0.08, 0.33, 1.23]],
    [deepNorm(), [0.48, 0.47, 0.47]],
  ] as const)('give the absolute output change of peers: %o', (method, row) => {
    for (const [i, n] of [12, 48, 192].entries()) {
      const change = encoder(method, n, false).outputChange.at(-1)!.change / 512;
      const rounding = 0.005 / row[i]!;
      expect(Math.abs(change / row[i]! - 1)).toBeLessThan(0.03 + rounding);
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
