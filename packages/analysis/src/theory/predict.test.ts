import { readFileSync } from 'node:fs';
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
  reZero,
  tFixup,
} from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { describeMethod, predict } from '..';

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const squares = (values: readonly number[]): number[] => values.map((x) => x * x);
const methods: readonly ResidualMethod[] = [postLN(), preLN(), admin()];

/** N equal branches, one a block. */
const equal = (method: ResidualMethod, depth: number, variance: number, inputVariance: number) =>
  predict({ method, depth, block: ['branch'], variance, input: { variance: inputVariance } });

const diagonalSum = (method: ResidualMethod, depth: number, variance = 1, inputVariance = 1): number =>
  equal(method, depth, variance, inputVariance).outputChange.at(-1)!.diagonalSum;

describe('layer dependency', () => {
  it.each(methods)('has rows whose squares sum to 1 with $name', (method) => {
    const { dependency } = predict({ method, depth: 6, input: { variance: 1.4 } });
    expect(dependency).toHaveLength(12);
    for (const [i, row] of dependency.entries()) {
      expect(row).toHaveLength(i + 2);
      expect(sum(squares(row))).toBeCloseTo(1, 12);
    }
  });

  it('forgets lower layers geometrically in Post-LN: beta_ij^2 = 2^-(i-j+1) at v = 1', () => {
    const { dependency } = equal(postLN(), 8, 1, 1);
    for (const [row, betas] of dependency.entries()) {
      const i = row + 1;
      for (let j = 1; j <= i; j++) expect(betas[j]! ** 2).toBeCloseTo(2 ** -(i - j + 1), 12);
    }
  });

  it.each([preLN(), admin()])('is v_j / S_i in $name, however far apart', (method) => {
    const { dependency } = equal(method, 8, 0.3, 1.2);
    for (const [row, betas] of dependency.entries()) {
      const total = 1.2 + 0.3 * (row + 1);
      expect(betas[0]! ** 2).toBeCloseTo(1.2 / total, 12);
      for (const beta of betas.slice(1)) expect(beta ** 2).toBeCloseTo(0.3 / total, 12);
    }
  });

  it('is 1 / i on the diagonal of a Pre-LN stack without input variance', () => {
    const { diagonal } = equal(preLN(), 50, 0.7, 0);
    for (const [i, beta] of diagonal.entries()) expect(beta ** 2).toBeCloseTo(1 / (i + 1), 12);
  });

  it('gives the worked example: 6 layers, 0.20 and 0.32, input 1.4', () => {
    const example = (method: ResidualMethod) =>
      predict({
        method,
        depth: 6,
        variance: { selfAttention: 0.2, feedForward: 0.32 },
        input: { variance: 1.4 },
      });
    const rounded = (values: readonly number[]) => values.map((x) => Math.round(x * 1000) / 1000);
    const post = example(postLN());
    expect(rounded(post.diagonal).slice(0, 4)).toEqual([0.354, 0.492, 0.408, 0.492]);
    expect(post.outputChange.at(-1)!.diagonalSum).toBeCloseTo(2.41, 2);
    for (const method of [preLN(), admin()]) {
      const { diagonal, outputChange } = example(method);
      expect(rounded(diagonal)).toEqual([
        0.354, 0.408, 0.307, 0.362, 0.275, 0.329, 0.252, 0.303, 0.233, 0.283, 0.218, 0.266,
      ]);
      expect(outputChange.at(-1)!.diagonalSum).toBeCloseTo(1.11, 2);
    }
  });

  it("gives the sums of the authors' 100-layer profile", () => {
    const url = new URL('../fixtures/authors-encoder-omega.json', import.meta.url);
    const omega = JSON.parse(readFileSync(url, 'utf8')) as number[];
    const variances = omega.slice(1).map((w, i) => w ** 2 - (i === 0 ? 1.49 : omega[i]! ** 2));
    const sums = (method: ResidualMethod) => {
      const { branches } = describeMethod({
        method,
        depth: variances.length,
        block: ['branch'],
        variance: 1,
      });
      const { outputChange, branches: predicted } = predict({
        branches: branches.map((branch, i) => ({ ...branch, variance: variances[i]! })),
        input: { variance: 1.49 },
      });
      return { at: (n: number) => outputChange[n - 1]!.diagonalSum, predicted };
    };
    const [post, pre, profiled] = methods.map(sums);
    for (const [n, a, b] of [
      [12, 2.68, 1.16],
      [36, 8.87, 2.11],
      [100, 26.8, 3.15],
      [199, 55.1, 3.85],
    ] as const) {
      expect(Math.abs(post!.at(n) - a) / a).toBeLessThan(0.002);
      expect(Math.abs(pre!.at(n) - b)).toBeLessThan(0.006);
      expect(profiled!.at(n)).toBeCloseTo(pre!.at(n), 10);
    }
    // Admin's rule on these variances gives the published omegas back.
    for (const [i, { omega: made }] of profiled!.predicted.entries()) expect(made).toBeCloseTo(omega[i]!, 5);
  });
});

describe('output change', () => {
  it.each([
    [12, 6, 3.1032, 2.1801, 2.3676, 2.017],
    [18, 9, 3.4951, 2.5477, 2.7895, 2.3351],
    [36, 18, 4.1746, 3.2016, 3.5133, 3.0408],
    [54, 27, 4.5754, 3.5936, 3.9345, 3.5672],
    [72, 36, 4.8608, 3.8745, 4.2317, 4.0018],
    [200, 100, 5.878, 4.883, 5.2769, 6.0746],
  ])('sums beta_ii^2 over N = %i branches', (n, post, harmonic, shifted, constantOmega, omega) => {
    expect(diagonalSum(postLN(), n)).toBeCloseTo(post, 10);
    for (const method of [preLN(), admin()]) {
      expect(diagonalSum(method, n)).toBeCloseTo(shifted, 4);
      // Equal variances count only against the input's.
      expect(diagonalSum(method, n, 0.3, 0.3)).toBeCloseTo(shifted, 4);
    }
    expect(diagonalSum(preLN(), n, 0.4, 0)).toBeCloseTo(harmonic, 4);
    const torch = equal(adminConstant(), n, 1, 1);
    expect(torch.outputChange.at(-1)!.diagonalSum).toBeCloseTo(constantOmega, 4);
    expect(torch.branches[0]!.omega).toBeCloseTo(omega, 4);
    expect(diagonalSum(adminConstant({ target: 'constant' }), n)).toBeCloseTo(n / (n + 1), 10);
  });

  it('adds beta_ii^2 C_i a branch to the change of the input', () => {
    const { branches } = describeMethod({ method: postLN(), depth: 2, variance: 1 });
    const changes = [0.1, 0.2, 0.3, 0.4];
    const { outputChange } = predict(
      { branches: branches.map((branch, i) => ({ ...branch, change: changes[i]! })) },
      { inputChange: 0.05 },
    );
    expect(outputChange.map(({ change }) => change)).toEqual(
      [0.1, 0.2, 0.35, 0.55].map((x) => expect.closeTo(x, 12)),
    );
  });

  it('refuses branches of unknown variance or change, naming the path', () => {
    const unknown = { method: preLN(), depth: 1, block: ['mixer'] };
    expect(() => predict(unknown)).toThrow('variance of the branch encoder.layers.0.mixer');
    expect(() =>
      predict({ ...unknown, variance: 1 }, { perturbation: { kind: 'sign', size: 1e-4 } }),
    ).toThrow("the change of the branch encoder.layers.0.mixer under a 'sign' perturbation is unknown");
    expect(() => predict({ branches: [] })).toThrow('A model without residuals');
    expect(() => predict({ method: preLN(), depth: 2, varience: 1 } as never)).toThrow(
      "did you mean 'variance'",
    );
  });
});

describe('growth', () => {
  const growthOf = (method: ResidualMethod, depth = 6) =>
    predict({ method, depth, input: { variance: 1.4 } }).growth!;

  it.each([
    [postLN(), 'O(N)', 'symbolic'],
    [preLN(), 'O(log N)', 'symbolic'],
    [admin(), 'O(log N)', 'symbolic'],
    [adminConstant(), 'O(log N)', 'numeric'],
    [adminConstant({ target: 'constant' }), 'O(1)', 'numeric'],
    [adminConstant({ target: 'linear' }), 'O(N)', 'symbolic'],
  ] as const)('of %o is %s', (method, notation, decided) => {
    expect(growthOf(method)).toMatchObject({ notation, decided, over: 'networks' });
  });

  it('is linear over the prefixes of one network with a constant omega', () => {
    const description = describeMethod({ method: adminConstant(), depth: 20 });
    expect(predict(description).growth).toMatchObject({ notation: 'O(N)', over: 'prefixes' });
  });

  it('names the offset of the logarithm, s_0 / v', () => {
    expect(equal(preLN(), 10, 0.4, 1.6).growth!.offset).toBeCloseTo(4, 10);
  });

  it.each([
    ['DeepNorm, encoder-only', deepNorm(), 'O(1)'],
    ['T-Fixup, encoder', tFixup(), 'O(sqrt N)'],
    ['GPT-2 scaling', gpt2Scaling(), 'O(N)'],
    ['ReZero', reZero(), 'O(1)'],
    ['LayerScale', layerScale({ initial: 0.1 }), 'O(log N)'],
    ['B2T', b2t(), 'O(N)'],
  ] as const)('of %s is right under an absolute step', (_name, method, notation) => {
    expect(growthOf(method, 12).notation).toBe(notation);
  });
});
