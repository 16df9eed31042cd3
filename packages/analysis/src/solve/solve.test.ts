import {
  admin,
  encoder,
  type Place,
  periLN,
  postLN,
  preLN,
  type ResidualMethod,
  selectBackend,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { measureBranches, predict, solve, zipfTokens } from '..';

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

  it('finds gains of norms, before the branch or inside, as networks with them have', async () => {
    const depth = 4;
    const target = { change: 0.02 };
    const gains = (method: ResidualMethod) =>
      solve({ of: { method, depth, width: 64 }, scale: 'gain', target });
    const before = gains(preLN());
    // What a feed-forward reads times g is its variance times g^2, as alpha would have it; attention's scores change, too.
    const alphas = solve({ of: { method: preLN(), depth, width: 64 }, scale: 'alpha', target });
    for (const [i, { path, value }] of before.scales.entries()) {
      const ratio = value / alphas.scales[i]!.value;
      if (path.endsWith('feedForward')) expect(ratio).toBeCloseTo(1, 6);
      else expect(Math.abs(ratio - 1)).toBeLessThan(0.15);
    }
    // Behind a norm inside, the one before changes nothing, and its own gain is what multiplies.
    const inside = gains(periLN());
    const scaled = predict({
      method: withScales(
        periLN(),
        'branchScale',
        inside.scales.map(({ value }) => value),
      ),
      depth,
      width: 64,
    });
    expect(scaled.outputChange.at(-1)!.change / 0.02).toBeCloseTo(1, 6);

    await selectBackend('wasm');
    const model = encoder({ vocabulary: 100, width: 64, heads: 4, depth, method: preLN() }, 1);
    const ids = zipfTokens({ sentences: 8, length: 16, vocabulary: 100 });
    const { variances: plain } = await measureBranches(model, ids);
    for (const { path, value } of before.scales) {
      const gain = model.parameters().find((named) => named.path === `${path}.before.gain`)!.parameter;
      const wanted = tf.fill(gain.variable.shape, value);
      gain.assign(wanted);
      wanted.dispose();
    }
    const { variances } = await measureBranches(model, ids);
    for (const { path, value } of before.scales.filter((each) => each.path.endsWith('feedForward'))) {
      expect(variances[path]! / plain[path]! / value ** 2).toBeGreaterThan(0.8);
      expect(variances[path]! / plain[path]! / value ** 2).toBeLessThan(1.25);
    }
    ids.dispose();
    model.dispose();
  });

  it('says where no gain can change a branch', () => {
    const of = { method: postLN(), depth: 2 };
    const call = (given: object) => () =>
      solve({ of: { ...of, ...given }, scale: 'gain', target: { change: 0.1 } });
    expect(call({})).toThrow(
      "'gain' received, and encoder.layers.0.selfAttention has a norm neither before its branch nor inside; free its alpha or omega",
    );
    expect(call({ method: preLN(), variance: 0.5 })).toThrow('is given as 0.5, whatever the gain');
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
