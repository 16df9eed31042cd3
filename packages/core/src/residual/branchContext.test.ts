import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { maxError, noise, read } from '../../testing/numbers';
import { KeyValueCache } from '../context/cache';
import type { AttentionEvent, Context } from '../context/context';
import { FeedForward } from '../layers/feedForward';
import { SelfAttention } from '../layers/selfAttention';
import { dropoutFactors, type RandomStream, randomStream } from '../random/random';
import { Module } from '../state/module';
import type { Branch } from './branch';
import { preLN } from './methods/preLN';
import { Stack, subLayer } from './stack';

const [D, HEADS, RATE] = [8, 2, 0.4];
const attention = (random: RandomStream, dropout = 0): SelfAttention =>
  new SelfAttention({ width: D, heads: HEADS, dropout, causal: true }, random);

/** Two attentions one after the other, which hand their context on as it came. */
class Twice extends Module implements Branch {
  readonly first: SelfAttention;
  readonly deeper: { readonly second: SelfAttention };

  constructor(random: RandomStream, dropout: number) {
    super();
    // The same weights, so that only the masks can differ.
    this.first = attention(random, dropout);
    this.deeper = { second: attention(random, dropout) };
  }

  call(x: tf.Tensor3D, context: Context): tf.Tensor3D {
    return tf.tidy(() => this.deeper.second.call(this.first.call(x, context), context));
  }
}

const stackOf = (make: (random: RandomStream) => Branch, dropout = 0): Stack =>
  new Stack(
    {
      ...{ name: 'body', width: D, depth: 2, method: preLN(), causal: true, dropout },
      block: [subLayer('own', ({ random }) => make(random))],
    },
    randomStream(3),
  );

const stream = (tokens = 5): tf.Tensor3D => tf.tensor3d(noise(2 * tokens * D, 1), [2, tokens, D]);

onBackends(() => {
  describe('a branch of two attentions', () => {
    it('decodes with a cache as without one', () => {
      const stack = stackOf((random) => new Twice(random, 0));
      const x = stream();
      const whole = stack.call(x);
      const cache = new KeyValueCache();
      const steps = [0, 1, 2, 3, 4].map((t) =>
        tf.tidy(() => tf.clone(stack.call(tf.slice(x, [0, t, 0], [2, 1, D]), { cache }))),
      );
      const joined = tf.concat(steps, 1);
      expect(maxError(read(joined), read(whole))).toBeLessThan(1e-5);
      for (const path of ['layers.0.own.first', 'layers.1.own.deeper.second']) {
        expect(cache.get(path)!.shape).toEqual([2, 5, 2 * D]);
      }
      cache.dispose();
      tf.dispose([x, whole, joined, ...steps]);
      stack.dispose();
    });

    it('drops different weights in each, and others in every block', () => {
      const stack = stackOf((random) => new Twice(random, RATE));
      const x = stream();
      const random = randomStream(8);
      const seen: AttentionEvent['path'][] = [];
      const probe = { attention: ({ path }: AttentionEvent) => void seen.push(path) };
      const y = stack.call(x, { training: true, random, probe });
      expect(seen).toEqual([
        'layers.0.own.first',
        'layers.0.own.deeper.second',
        'layers.1.own.first',
        'layers.1.own.deeper.second',
      ]);
      // What a mask is a function of: the stream of the branch, then the layer's path in it.
      const streams = [0, 1].flatMap((block) => {
        const branch = random.fork('layers').fork(block).fork('own').fork('branch');
        return ['first', 'deeper.second'].map((path) => branch.fork(path).fork('weights').key);
      });
      const masks = streams.map((key) => dropoutFactors(key, 50, RATE).join());
      expect(new Set(masks).size).toBe(4);
      const branch = stack.layers[0]!.own!.branch as Twice;
      const within = { training: true, random: random.fork('layers').fork(0).fork('own').fork('branch') };
      // Alone under the stream of its path, an attention gives what it gives inside.
      const [inside, alone] = tf.tidy(() => [
        read(branch.first.call(x, { ...within, branch })),
        read(branch.first.call(x, { training: true, random: within.random.fork('first') })),
      ]);
      expect(inside).toEqual(alone);
      tf.dispose([x, y]);
      stack.dispose();
    });

    it('says so where two that no field holds would share a slot', () => {
      const [one, two] = [attention(randomStream(1)), attention(randomStream(2))];
      const stack = stackOf(() => ({ call: (x, context) => two.call(one.call(x, context), context) }));
      const cache = new KeyValueCache();
      const x = stream(1);
      expect(() => tf.tidy(() => stack.call(x, { cache }))).toThrow(
        "two attentions share the cache slot 'layers.0.own': give each a context of its own, scope(context, 'name')",
      );
      cache.dispose();
      for (const module of [one, two, stack]) module.dispose();
      x.dispose();
    });
  });

  it("draws other numbers under 'dropout' than the dropout of its residual", () => {
    const drawn: string[] = [];
    const stack = stackOf(
      () => ({
        call: (x, { random }) => {
          drawn.push(dropoutFactors(random!.fork('dropout').key, 2 * 5 * D, RATE).join());
          return tf.onesLike(x);
        },
      }),
      RATE,
    );
    const random = randomStream(6);
    const x = stream();
    const residual: string[] = [];
    const probe = { join: ({ branch }: { branch: tf.Tensor }) => void residual.push(read(branch).join()) };
    const y = stack.call(x, { training: true, random, probe });
    expect(drawn).toHaveLength(2);
    for (const [i, factors] of residual.entries()) expect(factors).not.toBe(drawn[i]);
    tf.dispose([x, y]);
    stack.dispose();
  });

  it('of two feed-forwards has its own mask of hidden units in each', () => {
    const make = (random: RandomStream): FeedForward =>
      new FeedForward({ width: D, hidden: 16, dropout: RATE }, random);
    class Pair extends Module implements Branch {
      readonly one: FeedForward = make(randomStream(4));
      readonly two: FeedForward = make(randomStream(4));
      call(x: tf.Tensor3D, context: Context): tf.Tensor3D {
        return tf.sub(this.one.call(x, context), this.two.call(x, context));
      }
    }
    const branch = new Pair();
    const x = stream();
    const [training, plain] = tf.tidy(() => [
      read(branch.call(x, { training: true, random: randomStream(2), branch })),
      read(branch.call(x, {})),
    ]);
    expect(new Set(plain)).toEqual(new Set([0]));
    expect(training.some((value) => value !== 0)).toBe(true);
    x.dispose();
    branch.dispose();
  });
});
