import {
  asStacked,
  type Branch,
  type BranchInput,
  type BranchMoments,
  type BranchSite,
  encoder,
  FeedForward,
  Linear,
  languageModel,
  Module,
  postLN,
  preLN,
  type RandomStream,
  randomStream,
  Stack,
  selectBackend,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { depthCheck } from '..';
import { measureBranches } from '../measure/branches';
import { outputChange } from '../measure/outputChange';
import { zipfTokens } from '../measure/zipf';
import { rectifiedMoments, reluCorrelation } from './gaussian';
import { describeModel } from './model';
import { tokenwise } from './passing';
import { predict } from './predict';

beforeAll(async () => {
  await selectBackend('wasm');
});

/** Core's feed-forward under another name, with the closed form that core's has. */
class Own extends Module implements Branch {
  readonly inner: Linear;
  readonly outer: Linear;

  constructor(
    readonly width: number,
    readonly hidden: number,
    random: RandomStream,
  ) {
    super();
    const same = new FeedForward({ width, hidden }, random);
    this.inner = same.inner;
    this.outer = same.outer;
  }

  call(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => this.outer.call(tf.relu(this.inner.call(x))));
  }

  moments({ power, covariance, weights }: BranchInput): BranchMoments {
    const [first, second] = [weights['inner.weight']! ** 2, weights['outer.weight']! ** 2];
    const halves = (this.width * this.hidden) / 2;
    const gain = halves * first * second;
    const c = covariance / power;
    const slopes = 2 * rectifiedMoments(1).slopes(c);
    return {
      power: gain * power,
      covariance: gain * power * reluCorrelation(c),
      change: {
        absolute: halves * power * (first + second),
        relative: 2 * gain * power,
        correlation: (first * reluCorrelation(c) + second * c * slopes) / (first + second),
      },
      passes: tokenwise(gain, gain * slopes),
    };
  }
}

/** The mean of the tokens, of those so far in a causal stack, through one map. */
class MeanOfTokens extends Module implements Branch {
  readonly map: Linear;

  constructor(
    readonly width: number,
    readonly causal: boolean,
    random: RandomStream,
  ) {
    super();
    this.map = new Linear({ inputs: width, outputs: width }, {}, random);
  }

  call(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => {
      if (!this.causal) return this.map.call(tf.tile(tf.mean(x, 1, true), [1, x.shape[1], 1]) as tf.Tensor3D);
      const counts = tf.range(1, x.shape[1] + 1);
      return this.map.call(tf.div(tf.cumsum(x, 1), tf.reshape(counts, [1, -1, 1])));
    });
  }

  moments({ power, covariance, tokens, causal, weights }: BranchInput): BranchMoments {
    const own = power - covariance;
    const shares = Array.from({ length: tokens }, (_, t) => (causal ? 1 / (t + 1) : 1 / tokens));
    const mixed = covariance + (own * shares.reduce((sum, x) => sum + x, 0)) / tokens;
    const gain = this.width * weights['map.weight']! ** 2;
    return { power: gain * mixed, covariance: gain * mixed, gradientGain: gain * mixed };
  }
}

const modules = {
  own:
    (hidden: number) =>
    () =>
    ({ width, random }: BranchSite): Branch =>
      new Own(width, hidden, random),
  mean:
    (causal: boolean) =>
    () =>
    ({ width, random }: BranchSite): Branch =>
      new MeanOfTokens(width, causal, random),
};

const sizes = { vocabulary: 20, padId: 1, width: 32, heads: 4, feedForward: 64, depth: 5 };

describe('predict(model) asks a branch for its own moments', () => {
  it.each([
    ['units of C', { kind: 'unit' }],
    ['a step of signs', { kind: 'sign', size: 1e-3, embedding: true }],
    ['relative noise', { kind: 'gaussian', ratio: 1e-2, embedding: true }],
  ] as const)(
    'and predicts what it predicts of the same branch of core, in %s',
    async (_name, perturbation) => {
      for (const method of [postLN(), preLN()]) {
        const block = ['selfAttention', 'own'];
        const [ours, theirs] = [
          encoder({ ...sizes, method }, 3),
          encoder({ ...sizes, method, block }, 3, { own: modules.own(64) }),
        ];
        // The streams of random numbers differ by the sub-layer's name: the same weights, then.
        for (let b = 0; b < sizes.depth; b++) {
          for (const map of ['inner', 'outer']) {
            const from = ours.at(`encoder.layers.${b}.feedForward.branch.${map}`) as Linear;
            (theirs.at(`encoder.layers.${b}.own.branch.${map}`) as Linear).weight.assign(from.weight.value);
            const attention = (model: Module) =>
              model.at(`encoder.layers.${b}.selfAttention.branch`) as Module;
            for (const [i, { parameter }] of attention(theirs).parameters().entries()) {
              parameter.assign(attention(ours).parameters()[i]!.parameter.value);
            }
          }
        }
        const [expected, found] = [
          await predict(ours, { perturbation }),
          await predict(theirs, { perturbation }),
        ];
        const numbers = (of: typeof found) => [
          ...of.encoder!.diagonal,
          ...of.encoder!.outputChange.map(({ change }) => change),
          ...of.encoder!.gradients.relative,
          ...of.encoder!.branches.flatMap(({ variance, change }) => [variance, change]),
        ];
        const [a, b] = [numbers(expected), numbers(found)];
        expect(a.length).toBe(b.length);
        for (const [i, value] of a.entries()) expect(Math.abs(b[i]! / value - 1)).toBeLessThan(1e-5);
        expect(found.encoder!.growth!.class).toBe(expected.encoder!.growth!.class);
        ours.dispose();
        theirs.dispose();
      }
    },
  );

  it('as its weights are now', async () => {
    const model = encoder({ ...sizes, method: preLN(), block: ['own'] }, 3, { own: modules.own(64) });
    const variance = async () => (await predict(model)).encoder!.branches[0]!.variance;
    const before = await variance();
    const { weight } = model.at('encoder.layers.0.own.branch.outer') as Linear;
    tf.tidy(() => weight.assign(tf.mul(weight.value, 3)));
    expect((await variance()) / before).toBeCloseTo(9, 4);
    model.dispose();
  });

  it.each([
    [false, 'encoder'],
    [true, 'languageModel'],
  ] as const)(
    'with tokens and whether the stack is causal (%s): variances as measured',
    async (causal, kind) => {
      const own = { mean: modules.mean(causal) };
      const options = { ...sizes, width: 64, method: preLN(), block: ['mean', 'feedForward'] };
      const model = kind === 'encoder' ? encoder(options, 3, own) : languageModel(options, 3, own);
      const ids = zipfTokens({ sentences: 16, length: 12, vocabulary: 20 });
      const { variances, input, tokens } = await measureBranches(model, ids);
      const before = tf.memory().numTensors;
      const [stack] = Object.values(await predict(model, { input, tokens }));
      expect(tf.memory().numTensors).toBe(before);
      for (const { path, variance } of stack!.branches.filter((each) => each.path.endsWith('mean'))) {
        expect(variance / variances[path]!).toBeGreaterThan(0.75);
        expect(variance / variances[path]!).toBeLessThan(1.33);
      }
      ids.dispose();
      model.dispose();
    },
  );

  it('and predicts how the output changes, its C from the sizes of its matrices where it says no change', async () => {
    const model = encoder({ ...sizes, width: 64, method: postLN(), block: ['mean', 'own'] }, 3, {
      mean: modules.mean(false),
      own: modules.own(128),
    });
    const ids = zipfTokens({ sentences: 8, length: 16, vocabulary: 20 });
    const change = { kind: 'gaussian', ratio: 1e-3 } as const;
    const measured = await outputChange(model, ids, { change, seeds: [1, 2, 3] });
    const { input, tokens } = await measureBranches(model, ids);
    const { encoder: predicted } = await predict(model, {
      input,
      tokens,
      perturbation: { ...change, embedding: true },
    });
    const ratio = predicted!.outputChange.at(-1)!.change / measured.encoder!.at(-1)!.change.mean;
    expect(ratio).toBeGreaterThan(0.7);
    expect(ratio).toBeLessThan(1.4);
    ids.dispose();
    model.dispose();
  });
});

describe('a branch’s own moments', () => {
  const stackOf = (branch: Branch): Stack =>
    new Stack(
      {
        name: 'encoder',
        width: 4,
        depth: 2,
        block: [{ name: 'own', branch: () => branch }],
        method: postLN(),
      },
      randomStream(1),
    );
  const silent = { call: (x: tf.Tensor3D) => tf.clone(x) };

  it.each([
    [null, 'stack.layers.0.own moments(): received null, allowed an object of power, covariance,'],
    [{}, 'stack.layers.0.own moments(): missing power'],
    [{ variance: 1 }, "stack.layers.0.own moments(): unknown option 'variance'"],
    [{ power: -1 }, 'stack.layers.0.own moments() power: received -1, allowed numbers >= 0'],
    [{ power: 1, covariance: Number.NaN }, 'covariance: received NaN, allowed finite numbers'],
    [{ power: 1, gradientGain: -1 }, 'gradientGain: received -1'],
    [{ power: 1, change: { absolute: 1, relative: '1' } }, "change.relative: received '1'"],
  ])('are refused where they are no moments: %j', async (stated, message) => {
    const model = asStacked(stackOf({ ...silent, moments: () => stated as unknown as BranchMoments }));
    await expect(predict(model)).rejects.toThrow(message);
  });

  it('are not those of a branch of core that it only goes by the name of', async () => {
    const model = asStacked(stackOf({ ...silent, form: 'feedForward' }));
    await expect(predict(model)).rejects.toThrow('or the branch a closed form, moments(input)');
    const { stack } = await predict(model, {
      variances: { 'stack.layers.0.own': 1, 'stack.layers.1.own': 1 },
    });
    expect(stack!.diagonal[1]! ** 2).toBeCloseTo(0.5, 12);
  });

  it('default to a symmetric map of uncorrelated tokens', async () => {
    const model = asStacked(stackOf({ ...silent, moments: ({ power }) => ({ power: 0.5 * power }) }));
    const { stack } = await predict(model, { input: { variance: 2, correlation: 0.5 } });
    for (const [i, v] of [1, 0.5].entries()) expect(stack!.branches[i]!.variance).toBeCloseTo(v, 12);
    // (omega^2 + g) / (omega^2 Var[x] + v) = 1.5 / 3, then 1.5 / 1.5
    expect(stack!.gradients.factors[0]).toBeCloseTo(Math.sqrt(1.5 / 3), 12);
    expect(stack!.gradients.factors[1]).toBeCloseTo(1, 12);
  });

  it('take part in depthCheck, whose theory then knows C', async () => {
    const build = (depth: number, seed: number) => ({
      model: encoder({ ...sizes, depth, method: preLN(), block: ['own'] }, seed, { own: modules.own(64) }),
      batch: zipfTokens({ sentences: 4, length: 8, vocabulary: 20, seed }),
    });
    const { theory } = await depthCheck(build, [2, 4, 6, 8], { seeds: [1, 2] });
    expect(theory.constant.value / theory.predictedConstant!).toBeGreaterThan(0.7);
    expect(theory.constant.value / theory.predictedConstant!).toBeLessThan(1.4);
  });

  it('are functions of the description, which is plain data otherwise', async () => {
    const model = encoder({ ...sizes, depth: 1, method: preLN(), block: ['own'] }, 3, {
      own: modules.own(64),
    });
    const { encoder: described } = await describeModel(model);
    const [branch] = described!.branches;
    expect(described!.width).toBe(32);
    expect(branch!.matrices!.count).toBe(2);
    const input = {
      power: 1,
      covariance: 0,
      tokens: 8,
      sentences: 4,
      apart: 0,
      memory: { power: 1, covariance: 1, tokens: 8 },
    };
    expect(branch!.moments!(input).power).toBeCloseTo((2 * 2) / 9, 1);
    model.dispose();
  });
});
