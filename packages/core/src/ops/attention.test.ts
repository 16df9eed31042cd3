import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp, type Input } from '../../testing/checkOp';
import { attentionFormula } from '../../testing/formulas';
import { maxError, noise, read } from '../../testing/numbers';
import { dropoutFactors, randomStream } from '../random/random';
import { attention, attentionWeights, MASKED } from './attention';

const B = 2;
const DEPTH = 3;
const NO_DROPOUT = { dropoutRate: 0, dropoutKey: [0, 0] as const };
const SCALE = 1 / Math.sqrt(DEPTH);

/** Columns [from, from + width) of rows of `total` numbers. */
const columns = (rows: number[], total: number, from: number, width: number): number[] =>
  rows.filter((_, at) => at % total >= from && at % total < from + width);

const unpack = (packed: number[], widths: readonly number[]): number[][] => {
  const total = widths.reduce((sum, width) => sum + width, 0);
  let from = 0;
  return widths.map((width) => {
    from += width;
    return columns(packed, total, from - width, width);
  });
};

/** Sentence 1 is one token shorter. */
const padMask = (keys: number): tf.Tensor4D =>
  tf.tensor4d(
    Array.from({ length: B * keys }, (_, at) => (at === B * keys - 1 ? MASKED : 0)),
    [B, 1, 1, keys],
  );
const isReal = (keys: number) => (b: number, _i: number, j: number) => b === 0 || j < keys - 1;

onBackends(() => {
  describe.each([
    { heads: 4, groups: 4 },
    { heads: 4, groups: 2 },
    { heads: 4, groups: 1 },
  ])('attention with $heads heads, $groups key-value heads', ({ heads, groups }) => {
    const attrs = { heads, keyValueHeads: groups, scale: SCALE, causal: false, ...NO_DROPOUT };
    const widths = [heads * DEPTH, groups * DEPTH, groups * DEPTH] as const;
    const T = 4;
    const packed: Input = {
      shape: [B, T, (heads + 2 * groups) * DEPTH],
      data: noise(B * T * (heads + 2 * groups) * DEPTH, 1),
    };
    const sizes = { batch: B, queries: T, keys: T, heads, groups, depth: DEPTH };
    const selfFormula =
      (
        allowed?: (b: number, i: number, j: number) => boolean,
        factor?: Parameters<typeof attentionFormula>[3],
      ) =>
      (numbers: number[] = []): number[] => {
        const [q, k, v] = unpack(numbers, widths) as [number[], number[], number[]];
        return attentionFormula({ q, k, v }, sizes, allowed, factor);
      };

    it('equals its formula and its gradients', () => {
      checkOp({
        inputs: [packed],
        op: (query) => attention({ query: query as tf.Tensor3D }, attrs),
        formula: selfFormula(),
      });
    });

    it('sees neither pads nor the future', () => {
      const mask = padMask(T);
      checkOp({
        inputs: [packed],
        op: (query) => attention({ query: query as tf.Tensor3D, mask }, { ...attrs, causal: true }),
        formula: selfFormula((b, i, j) => j <= i && isReal(T)(b, i, j)),
      });
      mask.dispose();
    });

    it('drops probabilities by the bits of its key', () => {
      const { key } = randomStream(5).fork('weights');
      const factors = dropoutFactors(key, B * heads * T * T, 0.4);
      expect(factors.some((f) => f === 0) && factors.some((f) => f > 1)).toBe(true);
      checkOp({
        inputs: [packed],
        op: (query) =>
          attention({ query: query as tf.Tensor3D }, { ...attrs, dropoutRate: 0.4, dropoutKey: key }),
        formula: selfFormula(undefined, (b, h, i, j) => factors[((b * heads + h) * T + i) * T + j]!),
      });
    });

    it.each([false, true])('attends to another stream (causal: %s)', (causal) => {
      const [queries, keys] = [3, 5];
      const mask = padMask(keys);
      checkOp({
        inputs: [
          { shape: [B, queries, widths[0]], data: noise(B * queries * widths[0], 2) },
          { shape: [B, keys, 2 * widths[1]], data: noise(B * keys * 2 * widths[1], 3) },
        ],
        op: (query, keyValue) =>
          attention(
            { query: query as tf.Tensor3D, keyValue: keyValue as tf.Tensor3D, mask },
            { ...attrs, causal },
          ),
        formula: (q, keyValue) => {
          const [k, v] = unpack(keyValue!, [widths[1], widths[1]]) as [number[], number[]];
          const seen = (b: number, i: number, j: number) =>
            isReal(keys)(b, i, j) && (!causal || j <= i + keys - queries);
          return attentionFormula({ q: q!, k, v }, { ...sizes, queries, keys }, seen);
        },
      });
      mask.dispose();
    });

    it('equals tfjs ops with their own gradients', () => {
      if (groups !== heads) return; // tfjs's gradients cannot repeat groups without a broadcast product.
      const toHeads = (x: tf.Tensor): tf.Tensor4D =>
        tf.transpose(tf.reshape<tf.Rank.R4>(x, [B, T, heads, DEPTH]), [0, 2, 1, 3]);
      checkOp({
        inputs: [packed],
        op: (query) => attention({ query: query as tf.Tensor3D }, attrs),
        formula: selfFormula(),
        plain: (query) => {
          const [q, k, v] = tf.split(query!, 3, 2).map(toHeads) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
          const p = tf.softmax(tf.mul(tf.matMul(q, k, false, true), SCALE));
          const y: tf.Tensor4D = tf.matMul(p as tf.Tensor4D, v);
          return tf.reshape(tf.transpose(y, [0, 2, 1, 3]), [B, T, heads * DEPTH]);
        },
      });
    });
  });

  describe('attention', () => {
    const attrs = { heads: 2, keyValueHeads: 2, scale: SCALE, causal: true, ...NO_DROPOUT };

    it('stays finite where a row may see nothing', () => {
      const y = tf.tidy(() => {
        const query: tf.Tensor3D = tf.reshape(tf.tensor1d(noise(2 * 18, 4)), [1, 2, 18]);
        return attention({ query, mask: tf.fill([1, 1, 1, 2], MASKED) as tf.Tensor4D }, attrs);
      });
      expect(read(y).every(Number.isFinite)).toBe(true);
      y.dispose();
    });

    it('shows weights that sum to one over the allowed keys', () => {
      const query = tf.tensor3d(noise(3 * 18, 4), [1, 3, 18]);
      const weights = attentionWeights({ query }, attrs);
      expect(weights.shape).toEqual([1, 2, 3, 3]);
      const numbers = read(weights);
      for (const [at, p] of numbers.entries()) if (at % 3 > Math.floor(at / 3) % 3) expect(p).toBe(0);
      const sums = read(tf.tidy(() => tf.sum(weights, 3)));
      expect(maxError(sums, new Array(6).fill(1))).toBeLessThan(1e-6);
      tf.dispose([query, weights]);
    });
  });
});
