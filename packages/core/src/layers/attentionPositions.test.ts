import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { maxError, noise, read } from '../../testing/numbers';
import { KeyValueCache } from '../context/cache';
import { MASKED } from '../ops/attention';
import { randomStream } from '../random/random';
import type { AttentionPositions } from './attentionPositions';
import { SelfAttention, type SelfAttentionOptions } from './selfAttention';

const [B, T, D] = [2, 5, 8];
const make = (own: Partial<SelfAttentionOptions>): SelfAttention =>
  new SelfAttention({ width: D, heads: 2, causal: true, ...own }, randomStream(4));

/** The same token at every place: what attention then sees is position alone. */
const same = (): tf.Tensor3D => tf.tile(tf.tensor3d(noise(D, 1), [1, 1, D]), [1, T, 1]);

/** Attention weights of the layer at x, [B, H, T, T]. */
const weightsOf = (layer: SelfAttention, x: tf.Tensor3D, mask?: tf.Tensor4D): number[] => {
  const seen: number[] = [];
  const attention = ({ weights }: { weights: tf.Tensor4D }): void => {
    seen.push(...read(weights));
  };
  layer.call(x, { probe: { attention }, ...(mask ? { mask } : {}) }).dispose();
  return seen;
};

onBackends(() => {
  describe.each<AttentionPositions>(['rotary', 'alibi', { kind: 'relative', buckets: 4, maxDistance: 4 }])(
    'self-attention with positions %j',
    (positions) => {
      it.each([2, 1])('gives the same step by step with a cache, %i key-value heads', (keyValueHeads) => {
        const layer = make({ positions, keyValueHeads });
        const x = tf.tensor3d(noise(B * T * D, 1), [B, T, D]);
        const whole = layer.call(x, {});
        const cache = new KeyValueCache();
        const chunks = [
          [0, 1],
          [1, 2],
          [3, 2],
        ] as const;
        const steps = chunks.map(([from, count]) =>
          tf.tidy(() => layer.call(tf.slice(x, [0, from], [-1, count]), { cache, path: 'a' })),
        );
        const stepped = tf.concat(steps, 1);
        expect(maxError(read(stepped), read(whole))).toBeLessThan(1e-5);
        expect(leftovers(() => layer.call(x, {}))).toBe(0);
        cache.dispose();
        tf.dispose([x, whole, stepped, ...steps]);
        layer.dispose();
      });

      it('looks at places differently where all tokens are the same', () => {
        const x = same();
        const [without, withPositions] = [weightsOf(make({}), x), weightsOf(make({ positions }), x)];
        // The last query of the first head sees all T keys.
        const row = (weights: number[]): number[] => weights.slice((T - 1) * T, T * T);
        expect(Math.max(...row(without)) - Math.min(...row(without))).toBeLessThan(1e-6);
        expect(Math.max(...row(withPositions)) - Math.min(...row(withPositions))).toBeGreaterThan(1e-3);
        x.dispose();
      });

      it('has gradients', () => {
        const layer = make({ positions });
        const x = tf.tensor3d(noise(T * D, 1), [1, T, D]);
        const towards = tf.tensor3d(noise(T * D, 2), [1, T, D]);
        const loss = (input: tf.Tensor): tf.Scalar =>
          tf.sum(tf.mul(layer.call(input as tf.Tensor3D, {}), towards));
        const gradient = tf.grad(loss)(x);
        const step = tf.tensor3d(noise(T * D, 3, 0.01), [1, T, D]);
        const change = read(tf.sub(loss(tf.add(x, step)), loss(tf.sub(x, step))))[0]! / 2;
        const predicted = read(tf.sum(tf.mul(gradient, step)))[0]!;
        expect(Math.abs(change - predicted)).toBeLessThan(0.01 * Math.abs(predicted) + 1e-5);
      });
    },
  );

  describe('ALiBi', () => {
    it('weighs equal tokens by exp(-slope distance), under the mask', () => {
      const x = same();
      const mask = tf.tensor4d([0, 0, 0, 0, MASKED], [1, 1, 1, T]);
      const weights = weightsOf(make({ positions: 'alibi', causal: false }), x, mask);
      const expected = [1 / 16, 1 / 256].flatMap((slope) =>
        Array.from({ length: T }, (_, i) => {
          const raw = Array.from({ length: T }, (_, j) => (j < 4 ? Math.exp(-slope * Math.abs(i - j)) : 0));
          const sum = raw.reduce((total, value) => total + value, 0);
          return raw.map((value) => value / sum);
        }).flat(),
      );
      expect(maxError(weights, expected)).toBeLessThan(1e-5);
      tf.dispose([x, mask]);
    });
  });
});

describe('positions of self-attention', () => {
  it('refuse what cannot be', () => {
    expect(() => make({ positions: 'rotray' as never })).toThrow("allowed 'rotary', 'alibi'");
    const relative = (own: object) => () => make({ positions: { kind: 'relative', ...own } });
    expect(relative({ kind: 'relatve' })).toThrow("positions.kind: received 'relatve', allowed 'relative'");
    expect(relative({ bukets: 8 })).toThrow("unknown option 'bukets', did you mean 'buckets'?");
    expect(relative({ buckets: 5 })).toThrow('positions.buckets: received 5, allowed even numbers >= 4');
    expect(relative({ buckets: 8, maxDistance: 4 })).toThrow('received 4, allowed whole numbers >= 5');
    expect(() => new SelfAttention({ width: 6, heads: 2, positions: 'rotary' }, randomStream(1))).toThrow(
      "features of a head with positions 'rotary': received 3, allowed even numbers",
    );
  });
});
