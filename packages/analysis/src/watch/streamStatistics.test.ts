import { randomStream, selectBackend } from '@steadyformer/core';
import { leftovers } from '@steadyformer/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { realTokensIn } from './realTokens';
import { streamStatistics } from './streamStatistics';

beforeAll(async () => {
  await selectBackend('wasm');
});

const [B, T, D] = [3, 5, 4];
const values = randomStream(7).normal(B * T * D);
const at = (b: number, t: number): number[] =>
  Array.from({ length: D }, (_, d) => values[(b * T + t) * D + d]!);
/** One sentence has a single token. */
const REAL = [5, 3, 1];

/** The definitions, pair by pair and token by token. */
const plain = (lengths: readonly number[]): number[] => {
  const dot = (a: number[], b: number[]): number => a.reduce((sum, x, d) => sum + x * b[d]!, 0);
  let [cosines, pairs] = [0, 0];
  const tokens: number[][] = [];
  for (const [b, length] of lengths.entries()) {
    for (let s = 0; s < length; s++) {
      tokens.push(at(b, s));
      for (let t = 0; t < length; t++) {
        if (s === t) continue;
        const [x, y] = [at(b, s), at(b, t)];
        cosines += dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
        pairs++;
      }
    }
  }
  const moment = (d: number, power: number): number =>
    tokens.reduce((sum, x) => sum + x[d]! ** power, 0) / tokens.length;
  const features = Array.from({ length: D }, (_, d) => [moment(d, 2), moment(d, 4)] as const);
  const mean = (numbers: number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  return [
    cosines / pairs,
    mean(features.map(([second, fourth]) => fourth / second ** 2)),
    mean(features.map(([second]) => second ** 2)) / mean(features.map(([second]) => second)) ** 2,
  ];
};

const measured = (x: tf.Tensor3D, mask?: tf.Tensor2D): number[] =>
  tf.tidy(() => [...streamStatistics(x, mask).dataSync()]);

const maskOf = (lengths: readonly number[]): tf.Tensor2D =>
  tf.tensor2d(lengths.map((length) => Array.from({ length: T }, (_, t) => (t < length ? 1 : 0))));

describe('streamStatistics', () => {
  it.each([[[5, 5, 5]], [REAL]])('are their definitions, of sentences of %j tokens', (lengths) => {
    const [x, mask] = [tf.tensor3d(values, [B, T, D]), maskOf(lengths)];
    const expected = plain(lengths);
    const numbers = lengths === REAL ? measured(x, mask) : measured(x);
    for (const [i, number] of numbers.entries()) expect(number).toBeCloseTo(expected[i]!, 5);
    expect(leftovers(() => streamStatistics(x, mask))).toBe(0);
    tf.dispose([x, mask]);
  });

  it('leave pads out, whatever they hold', () => {
    const mask = maskOf(REAL);
    const x = tf.tidy(() => {
      const pads = tf.mul(tf.sub(1, tf.reshape(mask, [B, T, 1])), 1000);
      return tf.add<tf.Tensor3D>(tf.tensor3d(values, [B, T, D]), pads);
    });
    for (const [i, number] of measured(x, mask).entries()) expect(number).toBeCloseTo(plain(REAL)[i]!, 4);
    tf.dispose([x, mask]);
  });

  it('are at their ends where tokens are one, one token stands out, or one feature does', () => {
    const same = tf.fill<tf.Rank.R3>([2, 8, 4], 3);
    expect(measured(same).map((x) => Number(x.toFixed(4)))).toEqual([1, 1, 1]);
    const token = tf.tensor3d([1, ...new Array<number>(15).fill(0)], [1, 16, 1]);
    expect(measured(token)[1]).toBeCloseTo(16, 4);
    const feature = tf.tensor3d(
      Array.from({ length: 48 }, (_, i) => (i % 8 === 0 ? 1 : 0)),
      [2, 3, 8],
    );
    expect(measured(feature)[2]).toBeCloseTo(8, 4);
    const alone = tf.ones<tf.Rank.R3>([2, 1, 4]);
    expect(measured(alone)[0]).toBe(0);
    tf.dispose([same, token, feature, alone]);
  });
});

describe('realTokensIn', () => {
  it('takes what the model says, else a mask of pads, and no mask that differs by query', () => {
    const [real, pads] = [tf.tensor2d([[1, 0]]), tf.tensor4d([0, -1e9], [1, 1, 1, 2])];
    const causal = tf.zeros<tf.Rank.R4>([1, 1, 2, 2]);
    expect(realTokensIn({ realTokens: real, mask: causal }, [1, 2, 4])).toBe(real);
    const found = realTokensIn({ mask: pads }, [1, 2, 4])!;
    expect([...found.dataSync()]).toEqual([1, 0]);
    expect(realTokensIn({ mask: causal }, [1, 2, 4])).toBeUndefined();
    expect(realTokensIn({ realTokens: real }, [1, 3, 4])).toBeUndefined();
    expect(realTokensIn({}, [1, 2, 4])).toBeUndefined();
    tf.dispose([real, pads, causal, found]);
  });
});
