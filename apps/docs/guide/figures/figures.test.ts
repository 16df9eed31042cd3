import { readFileSync } from 'node:fs';
import { predict } from '@steadyformer/analysis';
import { admin, postLN } from '@steadyformer/core';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/packages.mjs';
import * as change from './change';
import { outputChanges } from './change.build';
import * as dependency from './dependency';
import { dependencyRows } from './dependency.build';
import { METHODS } from './methods';

describe('the dependency figure', () => {
  const rows = dependencyRows();

  test('has the closed forms where all branches are alike: 1/2 in Post-LN, 1/(i + 1) in Pre-LN and Admin', () => {
    for (const [i, share] of dependency.ownShares(rows.equal.postLN, 36).entries()) {
      expect(share).toBeCloseTo(0.5, 2);
      for (const method of ['preLN', 'admin'] as const) {
        expect(dependency.ownShares(rows.equal[method], 36)[i]!).toBeCloseTo(1 / (i + 2), 2);
      }
    }
  });

  test('shows a shallower network by the first rows of a deeper one, and the sum of theorem 2', () => {
    for (const [name, method] of [
      ['postLN', postLN()],
      ['admin', admin()],
    ] as const) {
      const { dependency: shallow, outputChange } = predict({ method, depth: 4 });
      const own = rows.start[name].slice(0, 8);
      shallow.forEach((row, i) => {
        row.forEach((beta, j) => {
          expect(own[i]![j]!).toBeCloseTo(beta, 3);
        });
      });
      expect(dependency.sumOf(dependency.ownShares(own, 8))).toBeCloseTo(outputChange.at(-1)!.diagonalSum, 2);
    }
  });

  test('every row shares out one variance', () => {
    for (const method of METHODS) {
      for (const row of rows.start[method]) {
        expect(row.reduce((sum, beta) => sum + beta ** 2, 0)).toBeCloseTo(1, 1);
      }
    }
  });

  test('finds the cell under a point, and none above the diagonal or outside', () => {
    // Four branches on 100 pixels: columns of 20, rows of 25.
    expect(dependency.cellAt(5, 5, 100, 4)).toEqual({ i: 1, j: 0 });
    expect(dependency.cellAt(45, 99, 100, 4)).toEqual({ i: 4, j: 2 });
    expect(dependency.cellAt(45, 5, 100, 4)).toBeUndefined();
    expect(dependency.cellAt(5, 101, 100, 4)).toBeUndefined();
    expect(dependency.cellAt(-1, 50, 100, 4)).toBeUndefined();
  });

  test('scales colours by the branches, not by the input', () => {
    expect(
      dependency.largest(
        [
          [
            [0.9, 0.1],
            [0.8, 0.1, 0.3],
          ],
          [[0.7, 0.2]],
        ],
        2,
      ),
    ).toBe(0.3);
    expect(
      dependency.largest(
        [
          [
            [0.9, 0.1],
            [0.8, 0.1, 0.3],
          ],
        ],
        1,
      ),
    ).toBe(0.1);
  });

  test('says what it shows', () => {
    expect(dependency.described('Post-LN', [0.5, 0.25])).toBe(
      'Post-LN, 2 residual branches: the share that a sub-layer takes from its own branch goes from 50 % in the first to 25 % in the last, in sum 0.75.',
    );
    expect([0.094, 0.0999, 0.2].map(dependency.percent)).toEqual(['9.4 %', '10 %', '20 %']);
  });
});

describe('the output change figure', () => {
  test('has the means of the committed experiment', () => {
    const { curves, networks, claims } = outputChanges();
    const { points } = JSON.parse(readFileSync(`${ROOT}/experiments/results/fig4.json`, 'utf8')) as {
      points: { kind: string; method: string; depth: number; change: number }[];
    };
    const own = points.filter(
      (each) => each.kind === 'gradient' && each.method === 'admin' && each.depth === 200,
    );
    const { mean, range } = curves.gradient.admin.at(-1)!;
    expect(own.length).toBe(networks);
    expect(mean / (own.reduce((sum, { change: value }) => sum + value, 0) / networks)).toBeCloseTo(1, 3);
    expect(range[0]).toBeLessThan(mean);
    expect(range[1]).toBeGreaterThan(mean);
    expect(claims.map(({ word }) => word)).toContain('disagrees');
    for (const step of change.STEPS) {
      for (const method of METHODS) {
        expect(curves[step][method].map(({ depth }) => depth)).toEqual(
          curves.random.postLN.map(({ depth }) => depth),
        );
      }
    }
  });

  test('scales hold all values and have round ticks', () => {
    const linear = change.linearScale(7.3e-4, { from: 100, to: 0 }, 4);
    expect(linear.ticks.map((tick) => tick.toExponential(0))).toEqual([
      '0e+0',
      '2e-4',
      '4e-4',
      '6e-4',
      '8e-4',
    ]);
    expect(linear.at(0)).toBe(100);
    expect(linear.at(8e-4)).toBeCloseTo(0);
    const log = change.logScale([3e-6, 2e-4, 0], { from: 100, to: 0 });
    expect(log.ticks.map((tick) => tick.toExponential(0))).toEqual(['1e-6', '1e-5', '1e-4', '1e-3']);
    expect(log.at(1e-6)).toBeCloseTo(100);
    expect(log.at(1e-3)).toBeCloseTo(0);
    expect([log.at(0), log.at(1e-9)]).toEqual([100, 100]);
  });

  test('draws, finds and says', () => {
    expect(
      change.pathOf([
        [1, 2],
        [3.25, 4],
      ]),
    ).toBe('M1.0 2.0L3.3 4.0');
    expect(change.nearest([1, 10, 100], (depth) => depth, 40)).toBe(1);
    expect(change.inTens(6.74e-4)).toEqual({ factor: '6.7', power: -4 });
    expect(change.powerText(-4)).toBe('−4');
    const points = [1, 200].map((depth) => ({
      depth,
      mean: depth * 1e-6,
      range: [0, 1] as const,
      predicted: 0,
    }));
    expect(change.described('Admin', points)).toBe(
      'Admin: from 1.0e-6 after 1 branch to 2.0e-4 after 200, 200 times as much.',
    );
  });
});
