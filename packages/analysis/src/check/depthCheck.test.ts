import {
  adminConstant,
  type BranchSite,
  type Context,
  deepNorm,
  encoder as encoderModel,
  Linear,
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
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Build, depthCheck, expectStable, zipfTokens } from '..';

beforeAll(async () => {
  await selectBackend('wasm');
});

const encoder =
  (method: ResidualMethod): Build<tf.Tensor2D> =>
  (depth, seed) => ({
    model: encoderModel({ vocabulary: 200, method, depth, width: 128, heads: 4 }, seed),
    batch: zipfTokens({ sentences: 4, length: 16, vocabulary: 200, seed }),
  });

/** A residual network that is no Transformer: one tanh layer a branch. */
class TanhBranch extends Module {
  readonly linear: Linear;

  constructor({ width, random }: BranchSite) {
    super();
    this.linear = new Linear({ inputs: width, outputs: width }, {}, random);
  }

  call(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tanh(this.linear.call(x));
  }
}

class ResidualMlp extends Module implements Stacked<tf.Tensor3D> {
  readonly body: Stack;

  constructor(method: ResidualMethod, depth: number, seed: number) {
    super();
    const block = [subLayer('dense', (site) => new TanhBranch(site))];
    this.body = new Stack({ name: 'encoder', width: 64, depth, block, method }, randomStream(seed));
  }

  stacks(): Readonly<Record<string, Stack>> {
    return { body: this.body };
  }

  call(x: tf.Tensor3D, context: Context = {}): tf.Tensor3D {
    return this.body.call(x, scope(context, 'body'));
  }
}

const mlp =
  (method: ResidualMethod): Build<tf.Tensor3D> =>
  (depth, seed) => ({
    model: new ResidualMlp(method, depth, seed),
    batch: tf.tensor3d(
      randomStream(seed)
        .fork('x')
        .normal(32 * 64),
      [1, 32, 64],
    ),
  });

describe('depthCheck', () => {
  const depths = [1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24];

  it('tells Post-LN from Pre-LN and leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    const post = await depthCheck(encoder(postLN()), depths);
    expect(tf.memory().numTensors).toBe(before);
    expect(post.verdict).toMatchObject({ notation: 'O(N)', amplifies: true });
    expect(post.verdict.text).toContain('admin()');
    const seen: string[] = [];
    const pre = await depthCheck(encoder(preLN()), depths, {
      onNetwork: (done, total) => seen.push(`${done} of ${total}`),
    });
    expect(seen).toEqual(['1 of 5', '2 of 5', '3 of 5', '4 of 5', '5 of 5']);
    // c beside s_0 / v: some 1.4 over 0.3.
    expect(pre.predictedOffset).toBeGreaterThan(3);
    expect(pre.predictedOffset).toBeLessThan(8);
    expect(pre.verdict).toMatchObject({ notation: 'O(log N)', amplifies: false });
    expect(pre.points.map(({ depth }) => depth)).toEqual(depths.map((blocks) => 2 * blocks));
    expect(pre.points.at(-1)!.change.samples).toHaveLength(5);
    expect(post.points.at(-1)!.change.mean).toBeGreaterThan(2 * pre.points.at(-1)!.change.mean);
    expect(pre.theory.r2).toBeGreaterThan(0.9);
    // Five narrow networks scatter by as much: C is 0.86 of its prediction here.
    expect(Math.abs(pre.theory.constant.value / pre.theory.predictedConstant! - 0.86)).toBeLessThan(0.02);
    expect(pre.provenance).toMatchObject({ networks: 'prefixes', stack: 'encoder', backend: 'wasm' });
    expect(JSON.parse(JSON.stringify(pre.spec))).toEqual(pre.spec);
  });

  it('builds a network a depth where records depend on the depth', async () => {
    const check = await depthCheck(encoder(deepNorm()), [1, 2, 4, 8, 12], { seeds: [1, 2] });
    expect(check.provenance.networks).toBe('separate');
    const [first, last] = [check.points[0]!.change.mean, check.points.at(-1)!.change.mean];
    expect(last / first).toBeLessThan(1.5);
    const constant = await depthCheck(encoder(adminConstant()), [1, 2, 4, 6, 8, 12], { seeds: [1, 2, 3] });
    expect(constant.provenance.networks).toBe('separate');
    expect(constant.verdict).toMatchObject({ word: 'steady', amplifies: false });
  });

  it('works on a residual network that is no Transformer', async () => {
    const options = { change: { kind: 'gaussian', ratio: 0.01 } } as const;
    const far = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
    const post = await depthCheck(mlp(postLN()), far, options);
    const pre = await depthCheck(mlp(preLN()), far, options);
    expect(pre.verdict.notation).toBe('O(log N)');
    expect(pre.theory.r2).toBeGreaterThan(0.97);
    expect(post.verdict.amplifies).toBe(true);
    expect(post.points.at(-1)!.change.mean).toBeGreaterThan(3 * pre.points.at(-1)!.change.mean);
  });

  it('measures gradient steps', async () => {
    const loss = (model: Stacked<tf.Tensor2D>) => (batch: tf.Tensor2D, context: Context) =>
      tf.mean<tf.Scalar>(tf.square(tf.sub(model.call(batch, context), 1)));
    const check = await depthCheck(encoder(preLN()), [1, 2, 3, 4], {
      seeds: [1],
      change: { kind: 'gradient', size: 1e-6, loss },
    });
    expect(check.provenance.change).toEqual({ kind: 'gradient', size: 1e-6 });
    expect(check.points.every(({ change }) => change.mean > 0)).toBe(true);
    // Theory knows no C of a gradient: its shape is drawn with the fitted one.
    expect(check.theory.predictedConstant).toBeUndefined();
    expect(check.verdict.text).toContain('along a gradient');
    for (const { predicted, fitted } of check.theory.points) expect(predicted).toBe(fitted);
  });

  it('refuses too few or disordered depths', async () => {
    await expect(depthCheck(encoder(preLN()), [1, 2, 3])).rejects.toThrow('4 or more increasing');
    await expect(depthCheck(encoder(preLN()), [1, 2, 4, 3])).rejects.toThrow('received [1, 2, 4, 3]');
    await expect(depthCheck(encoder(preLN()), [1, 2, 3, 4], { seeds: [1, 1] })).rejects.toThrow(
      'depthCheck() seeds: received [1, 1], allowed one seed or more, each of them once',
    );
    await expect(depthCheck(encoder(preLN()), [1, 2, 3, 4], { seeds: [] })).rejects.toThrow(
      'one seed or more',
    );
    await expect(depthCheck(encoder(preLN()), [1, 2, 3, 4], { stack: 'decoder' })).rejects.toThrow(
      "depthCheck() stack: received 'decoder', allowed encoder",
    );
  });
});

describe('expectStable', () => {
  it('passes Pre-LN and fails Post-LN with the figures', async () => {
    const options = { growth: 'logarithmic', depth: 24 } as const;
    const before = tf.memory().numTensors;
    const check = await expectStable(encoder(preLN()), options);
    expect(check.points.at(-1)!.blocks).toBe(24);
    await expect(expectStable(encoder(postLN()), options)).rejects.toThrow(
      /expected logarithmic growth or less, measured (linear|superlinear).*N = 48/,
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('does not pass what it cannot tell, and says what would tell', async () => {
    const one = { growth: 'logarithmic', depth: 8, seeds: [1] } as const;
    await expect(expectStable(encoder(preLN()), one)).rejects.toThrow(
      /cannot tell whether growth is logarithmic \(O\(log N\)\) or less.*use several networks.*N = 16/,
    );
  });
});
