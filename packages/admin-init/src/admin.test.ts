import { readFileSync } from 'node:fs';
import {
  admin,
  adminConstant,
  type Context,
  FeedForward,
  type ModelBatch,
  Module,
  postLN,
  preLN,
  type ResidualMethod,
  randomStream,
  Stack,
  type Stacked,
  scope,
  selectBackend,
  subLayer,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adminInit,
  formatProfile,
  initialize,
  outputDifference,
  parseProfile,
  profile,
  reparameterize,
} from '.';

beforeAll(async () => {
  await selectBackend();
});

interface Sizes {
  readonly width?: number;
  readonly feedForward?: number;
  readonly depth?: number;
  readonly method?: ResidualMethod | { encoder: ResidualMethod; decoder: ResidualMethod };
  readonly dropout?: number;
}

const build = ({
  width = 16,
  feedForward = 32,
  depth = 2,
  method = admin(),
  dropout = 0,
}: Sizes = {}): Transformer =>
  transformer(
    {
      vocabulary: 50,
      padId: 1,
      width,
      heads: 4,
      feedForward,
      depth,
      method,
      dropout: { residual: dropout, attention: dropout, activation: dropout },
    },
    7,
  );

const ids = (rows: number, columns: number, seed: number, pads = 0): tf.Tensor2D => {
  const draws = randomStream(seed).uniform(rows * columns, 4, 50);
  return tf.tensor2d(
    Array.from(draws, (x, i) => (i % columns >= columns - pads ? 1 : Math.floor(x))),
    [rows, columns],
    'int32',
  );
};

const batch = (seed = 1, pads = 0): ModelBatch => ({
  source: ids(4, 8, seed, pads),
  target: ids(4, 7, seed + 1, pads),
});

/** Omegas, gains and biases away from their initial values, some negative: a trained model's look. */
const disturb = (model: Transformer): void => {
  for (const [i, { path, parameter }] of model.parameters().entries()) {
    if (!/omega|gain|bias/.test(path)) continue;
    const noise = randomStream(99).fork(i).normal(parameter.size, 0, 0.5);
    const base = path.endsWith('omega') ? 1.5 : path.endsWith('gain') ? 1 : 0;
    const sign = (k: number) => (path.endsWith('omega') && k % 5 === 0 ? -1 : 1);
    const value = tf.tensor(
      noise.map((x, k) => sign(k) * (base + x)),
      [...parameter.shape],
    );
    parameter.assign(value);
    value.dispose();
  }
};

/** A model that core has never heard of: one stack of feed-forward branches on a stream that is given. */
class FeedForwardOnly extends Module implements Stacked<tf.Tensor3D> {
  readonly body: Stack;

  constructor(width: number, hidden: number, seed: number) {
    super();
    const feedForward = subLayer('feedForward', ({ random }) => new FeedForward({ width, hidden }, random));
    const options = { name: 'encoder' as const, width, depth: 1, block: [feedForward], method: admin() };
    this.body = new Stack(options, randomStream(seed));
  }

  stacks(): Record<string, Stack> {
    return { body: this.body };
  }

  call(x: tf.Tensor3D, context: Context = {}): tf.Tensor3D {
    return this.body.call(x, scope(context, 'body'));
  }
}

describe('profile', () => {
  it('chains omega as the authors do: omega_1 = 1, omega_{i+1}^2 = omega_i^2 Var[x] + Var[a_i]', async () => {
    const model = build({ dropout: 0.1 });
    const before = tf.memory().numTensors;
    const inputs = batch();
    const made = await profile(model, [inputs]);
    tf.dispose([inputs.source, inputs.target]);
    expect(tf.memory().numTensors).toBe(before);
    for (const branches of Object.values(made.stacks)) {
      expect(branches[0]!.omega).toBe(1);
      for (const [i, { omega, branchVariance, inputVariance }] of branches.entries()) {
        const next = branches[i + 1];
        if (next) expect(next.omega ** 2).toBeCloseTo(omega ** 2 * inputVariance + branchVariance, 4);
        // Behind a norm the stream has unit variance, so the chain is a sum of branch variances.
        if (i > 0) expect(inputVariance).toBeCloseTo(1, 2);
        expect(branchVariance).toBeGreaterThan(0.01);
      }
    }
    expect(made.stacks.encoder!.map(({ path }) => path)).toEqual([
      'encoder.layers.0.selfAttention',
      'encoder.layers.0.feedForward',
      'encoder.layers.1.selfAttention',
      'encoder.layers.1.feedForward',
    ]);
    expect(made.stacks.decoder).toHaveLength(6);
  });

  it('is a pure function of weights, batch and seed', async () => {
    const model = build({ dropout: 0.2 });
    const inputs = batch();
    const [one, two, other] = [
      await profile(model, [inputs]),
      await profile(model, [inputs]),
      await profile(model, [inputs], { seed: 2 }),
    ];
    expect(two).toEqual(one);
    expect(other.stacks).not.toEqual(one.stacks);
    expect(JSON.parse(JSON.stringify(one))).toEqual(one);
    const omega = await model.encoder.subLayers()[1]!.subLayer.omega!.variable.data();
    expect([...omega].every((x) => x === 1)).toBe(true);
  });

  it("follows the paper's rule where asked: sums of branch variances at omega = 1", async () => {
    const model = build();
    const made = await profile(model, [batch()], { rule: 'paper', dropout: false });
    const { encoder } = made.stacks;
    let sum = 0;
    for (const [i, { omega, branchVariance }] of encoder!.entries()) {
      expect(omega).toBeCloseTo(i === 0 ? 1 : Math.sqrt(sum), 5);
      sum += branchVariance;
    }
  });

  it('masks pads unless they shall count', async () => {
    const model = build();
    const inputs = batch(1, 3);
    const masked = await profile(model, [inputs], { dropout: false });
    const counted = await profile(model, [inputs], { dropout: false, pads: 'counted' });
    expect(masked.tokens).toEqual({ encoder: [20], decoder: [16] });
    // The embedding of a pad is zero: with pads counted the input varies less.
    expect(counted.stacks.encoder![0]!.inputVariance).toBeLessThan(
      0.8 * masked.stacks.encoder![0]!.inputVariance,
    );
  });

  it('gives standard errors over several batches', async () => {
    const made = await profile(build(), [batch(1), batch(2), batch(3)]);
    const error = made.stacks.encoder![1]!.branchVarianceError!;
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(0.2 * made.stacks.encoder![1]!.branchVariance);
  });

  it("has feed-forward variances 2r/(1+r)^2 at the start, in a stack of the user's own", async () => {
    // One draw of the weights scatters by 4 % at D = 512, so the mean of several is compared.
    const long = process.env.STEADYFORMER_LONG === '1';
    const draws = long ? 64 : 8;
    const input = tf.tensor3d(randomStream(5).normal(64 * 512), [1, 64, 512]);
    for (const r of [1, 2, 4, 8]) {
      let sum = 0;
      for (let seed = 0; seed < draws; seed++) {
        const model = new FeedForwardOnly(512, 512 * r, seed);
        const made = await profile(model, [input], { dropout: false });
        const { branchVariance, inputVariance } = made.stacks.body![0]!;
        sum += branchVariance / inputVariance;
        model.dispose();
      }
      const ratio = sum / draws / ((2 * r) / (1 + r) ** 2);
      if (long) console.log(`r = ${r}: branch variance / (2r / (1 + r)^2) = ${ratio}`);
      expect(Math.abs(ratio - 1)).toBeLessThan(long ? 0.01 : 0.03);
    }
    input.dispose();
  }, 300_000);

  it('refuses models without omegas and an empty list of batches', async () => {
    await expect(profile(build({ method: postLN() }), [batch()])).rejects.toThrow(
      'encoder.layers.0.selfAttention has no trained shortcut scale',
    );
    await expect(profile(build(), [])).rejects.toThrow('no batch received');
    await expect(profile(build(), [batch()], { rul: 'paper' } as object)).rejects.toThrow(
      "did you mean 'rule'",
    );
  });
});

describe('initialize', () => {
  it('sets every omega', async () => {
    const model = build();
    const made = await adminInit(model, [batch()]);
    for (const { subLayer } of model.decoder.subLayers()) {
      const values = await subLayer.omega!.variable.data();
      const expected = made.stacks.decoder![subLayer.place.index]!.omega;
      expect([...values].every((x) => Math.abs(x - expected) < 1e-6)).toBe(true);
    }
  });

  it('refuses a profile of another depth, unless a prefix is asked for', async () => {
    const made = await profile(build({ depth: 3 }), [batch()]);
    const model = build({ depth: 2 });
    expect(() => initialize(model, made)).toThrow(
      'it has encoder.layers.2.selfAttention where the model has the end of the stack',
    );
    const untouched = await model.encoder.subLayers()[1]!.subLayer.omega!.variable.data();
    expect(untouched[0]).toBe(1);
    initialize(model, made, { prefix: true });
    const set = await model.encoder.subLayers()[1]!.subLayer.omega!.variable.data();
    expect(set[0]).toBeCloseTo(made.stacks.encoder![1]!.omega, 6);
    expect(() => initialize(build({ depth: 4 }), made)).toThrow('encoder.layers.3.selfAttention');
  });
});

describe('reparameterize', () => {
  it.each([
    ['admin', admin()],
    ['scalar admin', admin({ shape: 'scalar' })],
    ['constant omega', adminConstant()],
    ['hybrid', { encoder: admin(), decoder: preLN() }],
  ])('keeps the function of %s', async (_name, method) => {
    const model = build({ method });
    disturb(model);
    const inputs = batch(3, 2);
    const plain = await reparameterize(model, { maxLength: 32 });
    const { largest, scale } = await outputDifference(model, plain, inputs);
    expect(scale).toBeGreaterThan(0.5);
    expect(largest / scale).toBeLessThan(1e-5);
    expect(plain.config.encoder.method.name).toBe('postLN');
    expect(plain.parameters().some(({ path }) => path.includes('omega'))).toBe(false);
  });

  it('refuses a zero omega, naming path and feature', async () => {
    const model = build();
    const { omega } = model.decoder.subLayers()[2]!.subLayer;
    omega!.assign(tf.tensor1d([1, 1, 0, ...new Array<number>(13).fill(1)]));
    await expect(reparameterize(model)).rejects.toThrow(
      'omega of decoder.layers.0.feedForward is 0 at feature 2',
    );
  });
});

const authors = readFileSync(new URL('./fixtures/authors-profile.txt', import.meta.url), 'utf8');

describe("the authors' text format", () => {
  it('is read as they publish it', () => {
    const [encoder, decoder] = parseProfile(authors);
    expect([encoder!.length, decoder!.length]).toEqual([12, 9]);
    expect(encoder![11]).toBeCloseTo(2.173, 3);
  });

  it('round-trips, and says where a line is wrong', async () => {
    const made = await profile(build(), [batch()]);
    expect(parseProfile(formatProfile(made))).toEqual(
      Object.values(made.stacks).map((branches) => branches.map(({ omega }) => omega)),
    );
    expect(() => parseProfile('1 1.0\n3 2.0\n')).toThrow(
      "profile line 2: received '3 2.0', expected '2 <omega>'",
    );
  });
});
