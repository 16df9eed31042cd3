import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { mean, read, variance } from '../../testing/numbers';
import { placeAt } from '../../testing/places';
import { selectBackend } from '../backend/select';
import { CrossAttention } from '../layers/crossAttention';
import { FeedForward } from '../layers/feedForward';
import type { InitGains } from '../layers/initializers';
import { SelfAttention } from '../layers/selfAttention';
import { TokenEmbedding } from '../layers/tokenEmbedding';
import { type RandomStream, randomStream } from '../random/random';
import type { BranchSite } from '../residual/branch';
import { postLN } from '../residual/methods/postLN';
import { SubLayer } from '../residual/subLayer';

// The authors' initialisation and the branch variances that follow from it, at width 256.
const D = 256;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

const relative = (found: number, expected: number): number => Math.abs(found / expected - 1);

/** The variance pooled over all elements, averaged over seeds: of one seed it scatters by some per cent. */
const pooled = (output: (random: RandomStream) => tf.Tensor): number =>
  mean(SEEDS.map((seed) => tf.tidy(() => variance(read(output(randomStream(seed)))))));

/** Unit-variance tokens that share a part: `correlation` between any two of a sentence. [B, T, D] */
const tokens = (random: RandomStream, batch: number, time: number, correlation = 0): tf.Tensor3D => {
  const own = tf.tensor3d(random.fork('own').normal(batch * time * D), [batch, time, D]);
  const common = tf.tensor3d(random.fork('common').normal(batch * D), [batch, 1, D]);
  return tf.add(tf.mul(own, Math.sqrt(1 - correlation)), tf.mul(common, Math.sqrt(correlation)));
};

beforeAll(async () => {
  await selectBackend('wasm');
});

describe('initial weights', () => {
  const random = randomStream(1);
  const self = new SelfAttention({ width: D, heads: 4 }, random);
  const cross = new CrossAttention({ width: D, heads: 4 }, random);
  const feedForward = new FeedForward({ width: D, hidden: 4 * D }, random);

  it.each([
    ['fused query, key, value', self.queryKeyValue.weight, 1 / (2 * D)],
    ['query of cross-attention', cross.query.weight, 1 / (2 * D)],
    ['key and value of cross-attention', cross.keyValue.weight, 1 / (2 * D)],
    ['attention output', self.output.weight, 1 / D],
    ['W_1', feedForward.inner.weight, 2 / (5 * D)],
    ['W_2', feedForward.outer.weight, 2 / (5 * D)],
  ])('%s', (_name, parameter, expected) => {
    expect(relative(variance(read(parameter.value)), expected)).toBeLessThan(0.03);
  });

  it('biases are zero', () => {
    const biases = [...self.parameters(), ...cross.parameters(), ...feedForward.parameters()];
    for (const { path, parameter } of biases) {
      if (path.endsWith('bias')) expect(read(parameter.value).every((b) => b === 0)).toBe(true);
    }
  });

  it('embeddings have variance 1 / D, the pad row none', () => {
    const { table } = new TokenEmbedding({ vocabulary: 300, width: D, padId: 1 }, random);
    const values = read(table.value);
    expect(values.slice(D, 2 * D).every((value) => value === 0)).toBe(true);
    expect(relative(variance(values.filter((_, at) => at < D || at >= 2 * D)), 1 / D)).toBeLessThan(0.03);
  });
});

describe('initial branch variances', () => {
  const r4 = (2 * 4) / 5 ** 2;

  it.each([1, 2, 4])('feed-forward of ratio r = %d: 2 r / (1 + r)^2', (r) => {
    const found = pooled((random) =>
      new FeedForward({ width: D, hidden: r * D }, random).call(tokens(random, 1, 128), {}),
    );
    expect(relative(found, (2 * r) / (1 + r) ** 2)).toBeLessThan(0.03);
  });

  it('feed-forward with dropout q inside and p after: divided by (1 - q)(1 - p)', () => {
    const [q, p] = [0.1, 0.1];
    const found = mean(
      SEEDS.map((seed) => {
        const random = randomStream(seed);
        const site: BranchSite = { place: placeAt(), width: D, plan: postLN().plan(placeAt()), random };
        const layer = new SubLayer(site, {
          branch: (own) => new FeedForward({ width: D, hidden: 4 * D, dropout: q }, own.random),
          dropout: p,
        });
        let seen = 0;
        const join = ({ branch }: { branch: tf.Tensor3D }): void => {
          seen = variance(read(branch));
        };
        tf.tidy(() => layer.call(tokens(random, 1, 128), { training: true, random, probe: { join } }));
        return seen;
      }),
    );
    expect(relative(found, r4 / ((1 - q) * (1 - p)))).toBeLessThan(0.03);
  });

  const attention = (time: number, correlation: number, gains: InitGains = {}, causal = false): number =>
    pooled((random) =>
      new SelfAttention({ width: D, heads: 4, gains, causal }, random).call(
        tokens(random, 256 / time, time, correlation),
        {},
      ),
    );
  // 0.5 [1 / T + rho (1 - 1 / T)] for uniform attention over T tokens of correlation rho.
  const predicted = (time: number, rho: number): number => 0.5 * (1 / time + rho * (1 - 1 / time));

  it('attention to one token, or to equal ones: 0.5', () => {
    expect(relative(attention(1, 0), 0.5)).toBeLessThan(0.03);
    expect(relative(attention(8, 1), 0.5)).toBeLessThan(0.03);
  });

  it.each([
    [8, 0],
    [8, 0.4],
    [32, 0.4],
  ])('uniform attention over %d tokens of correlation %d', (time, rho) => {
    // Queries of zero make it exactly uniform.
    expect(relative(attention(time, rho, { query: 0 }), predicted(time, rho))).toBeLessThan(0.03);
  });

  it('attention as initialised is nearly uniform', () => {
    // Against uniform attention of the same seeds: what is left is the softmax's own doing.
    expect(relative(attention(32, 0.4), attention(32, 0.4, { query: 0 }))).toBeLessThan(0.03);
  });

  it('causal attention is larger: position t averages t tokens', () => {
    const time = 8;
    const expected = mean(Array.from({ length: time }, (_, t) => predicted(t + 1, 0)));
    expect(relative(attention(time, 0, { query: 0 }, true), expected)).toBeLessThan(0.03);
  });

  it('the embedded token: E[x_0^2] = 1 + 1/2', () => {
    const found = mean(
      SEEDS.map((seed) =>
        tf.tidy(() => {
          const layer = new TokenEmbedding({ vocabulary: 200, width: D, padId: 1 }, randomStream(seed));
          const ids = tf.tensor2d(
            Array.from({ length: 64 }, (_, i) => 2 + 3 * i),
            [4, 16],
            'int32',
          );
          return mean(read(layer.call(ids, {})).map((x) => x * x));
        }),
      ),
    );
    expect(relative(found, 1.5)).toBeLessThan(0.03);
  });
});
