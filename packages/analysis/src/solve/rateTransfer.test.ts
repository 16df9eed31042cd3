import { completeP, depthMuP, keel, postLN, preLN, type ResidualMethod } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { describeMethod, predict, rateTransfer, type StackDescription } from '..';

const one = { kind: 'one' } as const;
/** Branches of variance 1 on a wide stream, divided by N^exponent, each of which moves by C = 1. */
const stack =
  (exponent: number) =>
  (blocks: number): StackDescription => ({
    branches: Array.from({ length: blocks }, (_, i) => ({
      path: `b.layers.${i}.f`,
      residual: {
        before: 'layer',
        shortcutScale: one,
        branchScale: { kind: 'constant', value: blocks ** -exponent },
      },
      variance: blocks ** (-2 * exponent),
      change: 1,
    })),
    input: { variance: 1e9 },
    width: 1,
  });

const exponentOf = (method: ResidualMethod): number =>
  rateTransfer({
    of: {
      method,
      width: 128,
      tokens: { count: 64, sentences: 16 },
      input: { variance: 1, correlation: 0.1 },
    },
    measured: [{ depth: 4, rate: 1e-3 }],
    depths: [8, 16, 32],
  }).exponent!;

describe('rateTransfer', () => {
  it('divides the rate by N^(1 - a) where branches are divided by N^a: changes add up as vectors', () => {
    for (const [power, expected] of [
      [0, -1],
      [0.5, -0.5],
      [1, 0],
    ] as const) {
      const { points, exponent } = rateTransfer({
        of: stack(power),
        measured: [{ depth: 4, rate: 0.1 }],
        depths: [64],
      });
      // The table's own change, D_0 = 1e-9, hardly counts beside those of the branches.
      expect(points.map(({ depth }) => depth)).toEqual([4, 64]);
      expect(points[0]!.rate).toBe(0.1);
      expect(Math.abs(exponent! - expected)).toBeLessThan(0.35);
    }
  });

  it('is the square root of what predict says of a step', () => {
    const at = (depth: number): number =>
      predict(describeMethod({ method: preLN(), depth, width: 64 }), {
        perturbation: { kind: 'aligned', size: 1e-3, embedding: true },
      }).outputChange.at(-1)!.change;
    const { points } = rateTransfer({
      of: { method: preLN(), width: 64 },
      measured: [{ depth: 3, rate: 2e-3 }],
      depths: [12],
    });
    expect(points[1]!.rate / (2e-3 * Math.sqrt(at(3) / at(12)))).toBeCloseTo(1, 9);
    expect(points[1]!.change / (at(12) / at(3))).toBeCloseTo(1, 9);
  });

  it('says of Post-LN and Pre-LN that rates fall, of CompleteP and Keel that they carry over', () => {
    for (const method of [postLN(), preLN()]) expect(exponentOf(method)).toBeLessThan(-0.7);
    for (const method of [completeP(), keel()]) expect(Math.abs(exponentOf(method))).toBeLessThan(0.15);
  });

  it('counts what a method multiplies rates by: depth-muP carries over with it alone', () => {
    const { training, ...untrained } = depthMuP();
    expect(training).toBeDefined();
    expect(exponentOf(untrained)).toBeLessThan(-0.35);
    expect(Math.abs(exponentOf(depthMuP()))).toBeLessThan(0.15);
  });

  it('holds predictions against what was measured, from the first', () => {
    const found = rateTransfer({
      of: stack(1),
      measured: [
        { depth: 8, rate: 0.1 },
        { depth: 2, rate: 0.2 },
        { depth: 32, rate: 0.08 },
      ],
    });
    expect(found.from).toEqual({ depth: 8, rate: 0.1 });
    expect(found.points.map(({ depth, measured }) => [depth, measured])).toEqual([
      [2, 0.2],
      [8, 0.1],
      [32, 0.08],
    ]);
    const [shallow, , deep] = found.points;
    expect(found.points[1]!.ratio).toBe(1);
    expect(found.error).toBeCloseTo(Math.max(0.2 / shallow!.rate, deep!.rate / 0.08, 0.08 / deep!.rate), 9);
    expect(found.measuredExponent).toBeCloseTo(Math.log(0.08 / 0.2) / Math.log(16), 9);
  });

  it.each<[object, string]>([
    [{ of: undefined }, 'rateTransfer() of: received undefined'],
    [{ of: { method: preLN(), depth: 2 } }, 'rateTransfer() of.depth: received 2'],
    [{ of: { method: 'preLN' } }, "rateTransfer() of.method: received 'preLN'"],
    [{ measured: [] }, 'rateTransfer() measured: received []'],
    [
      { measured: [{ depth: 2, rate: -1 }] },
      'rateTransfer() measured[0].rate: received -1, allowed numbers > 0',
    ],
    [
      {
        measured: [
          { depth: 2, rate: 1 },
          { depth: 2, rate: 2 },
        ],
      },
      'rateTransfer() measured[1].depth: received 2, allowed each depth once',
    ],
    [{ depths: [0] }, 'rateTransfer() depths[0]: received 0'],
    [{ depth: 4 }, "did you mean 'depths'"],
  ])('%j is an error', (own, message) => {
    const options = { of: { method: preLN() }, measured: [{ depth: 2, rate: 1e-3 }] };
    expect(() => rateTransfer({ ...options, ...own } as never)).toThrow(message);
  });
});
