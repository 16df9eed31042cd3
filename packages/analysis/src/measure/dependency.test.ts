import { needsProfile } from '@steadyformer/admin-init';
import {
  admin,
  b2t,
  type Encoder,
  encoder as encoderModel,
  type LayerNorm,
  type Probe,
  postLN,
  preLN,
  type ResidualMethod,
  selectBackend,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { dependency, measureBranches, predict, zipfTokens } from '..';

beforeAll(async () => {
  await selectBackend('wasm');
});

/** Wide enough for branch variances to lie within some percent of their expectation. */
const width = 128;

const build = (method: ResidualMethod, depth = 3): Encoder =>
  encoderModel({ vocabulary: 200, method, depth, width, heads: 4 }, 2);

const ids = () => zipfTokens({ sentences: 4, length: 16, vocabulary: 200 });

/** omega as Admin's rule sets it on this batch. */
const profiled = async (model: Encoder, batch: tf.Tensor2D): Promise<void> => {
  let total = 1;
  for (const { path, subLayer } of model.encoder.subLayers()) {
    const value = tf.fill([width], Math.sqrt(total));
    subLayer.omega!.assign(value);
    value.dispose();
    const { variances, input } = await measureBranches(model, batch);
    const own = variances[`encoder.${path}`]!;
    total = (subLayer.place.index === 0 ? input.encoder!.variance : total) + own;
  }
};

describe('measured dependency', () => {
  it.each([postLN(), preLN(), admin(), b2t()])(
    'sums to 1, is what theory says of the measured variances, leaves no tensor: %o',
    async (method) => {
      const model = build(method);
      const batch = ids();
      if (needsProfile(model)) await profiled(model, batch);
      const before = tf.memory().numTensors;
      const { encoder } = await dependency(model, batch);
      const measured = await measureBranches(model, batch);
      expect(tf.memory().numTensors).toBe(before);
      const { encoder: predicted } = await predict(model, measured);
      expect(encoder!.paths[3]).toBe('encoder.layers.1.feedForward');
      for (const [i, row] of encoder!.beta.entries()) {
        expect(row.reduce((sum, beta) => sum + beta ** 2, 0)).toBeCloseTo(1, 6);
        expect(Math.abs(encoder!.diagonal[i]! / predicted!.diagonal[i]! - 1)).toBeLessThan(0.011);
        expect(Math.abs(encoder!.independence[i]! - 1)).toBeLessThan(method.name === 'preLN' ? 0.06 : 0.03);
      }
      model.dispose();
      batch.dispose();
    },
  );

  it('counts gains and omegas feature by feature', async () => {
    // Two features alone pass the first norm, so that the second sum holds its own branch almost alone.
    const model = build(admin(), 1);
    const [first, second] = model.encoder.subLayers();
    const gain = tf
      .oneHot(tf.tensor1d([3, 40], 'int32'), width)
      .sum(0)
      .cast('float32') as tf.Tensor1D;
    const omega = tf.linspace(2, 0.5, width);
    (first!.subLayer.after as LayerNorm).gain.assign(gain);
    second!.subLayer.omega!.assign(omega);
    const batch = ids();
    const { encoder } = await dependency(model, batch);
    const byHand = tf.tidy(() => {
      const events: { shortcut: tf.Tensor; branch: tf.Tensor; deviation: tf.Tensor }[] = [];
      const join: Probe['join'] = ({ shortcut, branch, sum }) => {
        const deviation = tf.sqrt(tf.moments(sum, 2, true).variance);
        events.push({ shortcut: tf.keep(shortcut), branch: tf.keep(branch), deviation: tf.keep(deviation) });
      };
      model.call(batch, { probe: { join } });
      const [one, two] = [events[0]!, events[1]!];
      const centred = (x: tf.Tensor): tf.Tensor => tf.sub(x, tf.mean(x, 2, true));
      const carried = [one.shortcut, one.branch].map((part) => {
        const normed = centred(tf.div(tf.mul(centred(part), gain), one.deviation));
        return tf.div(tf.mul(normed, omega), two.deviation);
      });
      const parts = [...carried, tf.div(two.branch, two.deviation)].map(
        (part) => tf.mean(tf.square(centred(part))).dataSync()[0]!,
      );
      for (const event of events) tf.dispose([event.shortcut, event.branch, event.deviation]);
      return parts;
    });
    const total = byHand.reduce((sum, variance) => sum + variance, 0);
    for (const [j, variance] of byHand.entries()) {
      expect(encoder!.beta[1]![j]! ** 2).toBeCloseTo(variance / total, 3);
    }
    model.dispose();
  });

  it('agrees between Admin and Pre-LN within 10 % on the diagonal, and is flat in Post-LN', async () => {
    const batch = ids();
    const diagonal = async (method: ResidualMethod): Promise<readonly number[]> => {
      const model = build(method, 6);
      if (needsProfile(model)) await profiled(model, batch);
      const { encoder } = await dependency(model, batch);
      model.dispose();
      return encoder!.diagonal;
    };
    const [post, pre, adapted] = [await diagonal(postLN()), await diagonal(preLN()), await diagonal(admin())];
    // The first attention branch differs by definition: only Pre-LN normalises x_0 before it.
    for (let i = 2; i < 12; i++) expect(Math.abs(adapted[i]! / pre[i]! - 1)).toBeLessThan(0.1);
    // Every other branch of Post-LN is a feed-forward one: v / (1 + v) with v = 0.32.
    for (let i = 3; i < 12; i += 2)
      expect(Math.abs(post[i]! / Math.sqrt(0.32 / 1.32) - 1)).toBeLessThan(0.08);
    expect(pre[11]!).toBeLessThan(0.7 * pre[1]!);
    batch.dispose();
  });

  it('treats encoder and decoder apart, and pads as absent', async () => {
    const model = transformer({ vocabulary: 60, padId: 1, width: 32, heads: 4, depth: 2, method: postLN() });
    const pair = (pads: number) => {
      const words = zipfTokens({ sentences: 2, length: 8, vocabulary: 60 });
      const padded = tf.pad(
        words,
        [
          [0, 0],
          [0, pads],
        ],
        1,
      ) as tf.Tensor2D;
      return { source: padded, target: padded };
    };
    const [bare, padded] = [await dependency(model, pair(0)), await dependency(model, pair(3))];
    expect(Object.keys(bare)).toEqual(['encoder', 'decoder']);
    expect(bare.decoder!.beta).toHaveLength(6);
    for (const stack of ['encoder', 'decoder'] as const) {
      for (const [i, beta] of bare[stack]!.diagonal.entries()) {
        expect(padded[stack]!.diagonal[i]).toBeCloseTo(beta, 4);
      }
    }
    model.dispose();
  });

  it('refuses a model without residuals', async () => {
    const none = { stacks: () => ({}) } as unknown as Encoder;
    await expect(dependency(none, ids())).rejects.toThrow('the model has no residual sub-layers');
  });
});

it('measures the moments of embeddings: E[x^2] = 1.5, of which 0.5 are positions', async () => {
  const model = encoderModel({ vocabulary: 4000, method: postLN(), depth: 1, width: 256, heads: 4 });
  const batch = zipfTokens({ sentences: 8, length: 32, vocabulary: 4000, exponent: 0 });
  const before = tf.memory().numTensors;
  const { input, tokens, variances } = await measureBranches(model, batch);
  expect(tf.memory().numTensors).toBe(before);
  expect(input.encoder!.secondMoment).toBeCloseTo(1.5, 1);
  expect(input.encoder!.variance).toBeLessThan(input.encoder!.secondMoment!);
  expect(input.encoder!.correlation).toBeGreaterThan(0.05);
  expect(tokens).toEqual({ count: 32, sentences: 8 });
  expect(Math.abs(variances['encoder.layers.0.feedForward']! / 0.32 - 1)).toBeLessThan(0.05);
  // The closed form of attention holds with these moments.
  const { encoder } = await predict(model, { input, tokens });
  const [attention] = encoder!.branches;
  expect(Math.abs(attention!.variance / variances['encoder.layers.0.selfAttention']! - 1)).toBeLessThan(0.15);
  model.dispose();
  batch.dispose();
});
