import { admin, type Place, postLN, preLN, type ResidualMethod } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { predict, solve } from '..';

const sign = { kind: 'sign', size: 1e-4 } as const;
const aligned = { kind: 'aligned', size: 1e-6 } as const;
const changesOf = (method: ResidualMethod, depth: number): number[] =>
  predict({ method, depth }, { perturbation: sign }).outputChange.map(({ change }) => change);

/** A method with the scales of a solution, as constants. */
const withScales = (
  method: ResidualMethod,
  role: 'shortcutScale' | 'branchScale',
  values: readonly number[],
): ResidualMethod => ({
  ...method,
  plan: (place: Place) => {
    const plan = method.plan(place);
    const scale = { kind: 'constant', value: values[place.index] ?? 1 } as const;
    return { ...plan, residual: { ...plan.residual, [role]: scale } };
  },
});

describe('solve', () => {
  it("finds Admin's omegas where Post-LN is to change as Pre-LN does", () => {
    const depth = 6;
    const { scales } = solve({
      of: { method: postLN(), depth },
      scale: 'omega',
      target: { changes: changesOf(preLN(), depth) },
      perturbation: sign,
    });
    const rule = predict({ method: admin(), depth }, { perturbation: sign }).branches;
    expect(scales.map(({ path }) => path)).toEqual(rule.map(({ path }) => path));
    for (const [i, { value }] of scales.entries()) expect(value / rule[i]!.omega).toBeCloseTo(1, 6);
  });

  it('shares a change evenly among the branches, whatever their number', () => {
    for (const depth of [2, 8]) {
      const of = { method: postLN(), depth };
      const { scales, changes, description } = solve({ of, scale: 'omega', target: { change: 0.1 } });
      const n = 2 * depth;
      for (const [i, change] of changes.entries()) expect(change).toBeCloseTo((0.1 * (i + 1)) / n, 9);
      // Branches of variance v in units of C: beta^2 = 0.1 / N = v / (omega^2 + v).
      const { branches } = predict(description);
      for (const [i, { value }] of scales.entries()) {
        expect(value ** 2 / branches[i]!.variance).toBeCloseTo(n / 0.1 - 1, 3);
      }
    }
  });

  it('holds for methods built with its scales, of random and of aligned changes', () => {
    const wanted = [
      [sign, 1e-4],
      [aligned, 1e-8],
    ] as const;
    for (const [perturbation, change] of wanted) {
      const of = { method: preLN(), depth: 8 };
      const target = { change, growth: 'linear' } as const;
      const { scales, changes } = solve({ of, scale: 'alpha', target, perturbation });
      const values = scales.map(({ value }) => value);
      const method = withScales(preLN(), 'branchScale', values);
      const predicted = predict({ method, depth: 8 }, { perturbation }).outputChange;
      expect(predicted.at(-1)!.change / change).toBeCloseTo(1, 6);
      for (const [i, each] of changes.entries()) {
        expect(each / predicted[i]!.change).toBeCloseTo(1, 9);
        expect(each / ((change * (i + 1)) / 16)).toBeCloseTo(1, 6);
      }
    }
  });

  it('says what no scale can reach, and what it can', () => {
    const of = { method: preLN(), depth: 2 };
    const far = () => solve({ of, scale: 'alpha', target: { change: 40 } });
    expect(far).toThrow(
      /no alpha of encoder.layers.0.selfAttention makes the output change 10 there: .* 0.99\d* *\./u,
    );
  });

  it.each<[object, string]>([
    [{ scale: 'beta' }, "solve() scale: received 'beta'"],
    [{ target: { change: 0 } }, 'solve() target.change: received 0, allowed numbers > 0'],
    [{ target: { changes: [0.1, 0.05, 0.2, 0.3] } }, '4 rising numbers above 0'],
    [{ target: { change: 1, growth: 'superlinear' } }, "solve() target.growth: received 'superlinear'"],
    [{ targets: {} }, "did you mean 'target'"],
    [{ of: undefined }, 'solve() of: received undefined'],
  ])('%j is an error', (own, message) => {
    const options = { of: { method: preLN(), depth: 2 }, scale: 'alpha', target: { change: 0.1 } } as const;
    expect(() => solve({ ...options, ...own } as never)).toThrow(message);
  });
});
