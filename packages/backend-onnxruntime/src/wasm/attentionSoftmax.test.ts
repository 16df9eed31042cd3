import { describe, expect, it } from 'vitest';
import { choose, type Key } from '../fused/dropoutBits';
import { numbers } from '../testing';
import { onKernels } from './testing';

const KEY: Key = [123456789, -987654321];
const MASKED = -1e9;

const random = (size: number, seed: number, scale: number): Float32Array => {
  const next = numbers(seed);
  return Float32Array.from({ length: size }, () => scale * next());
};

interface Case {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly causal?: boolean;
  /** Sizes of the mask's first three axes, each the scores' own or 1. */
  readonly mask?: readonly [number, number, number];
  readonly threshold?: number;
}

/** The scores with everything added, rounded as a sum of tensors is. */
const added = (c: Case, scores: Float32Array, mask: Float32Array): Float32Array => {
  const { heads, queries, keys, causal, mask: axes } = c;
  return scores.map((score, at) => {
    const j = at % keys;
    const i = Math.floor(at / keys) % queries;
    const h = Math.floor(at / (keys * queries)) % heads;
    const b = Math.floor(at / (keys * queries * heads));
    let sum = score;
    if (axes != null) {
      const row =
        (((axes[0] > 1 ? b : 0) * axes[1] + (axes[1] > 1 ? h : 0)) * axes[2] + (axes[2] > 1 ? i : 0)) * keys;
      sum = Math.fround(sum + mask[row + j]!);
    }
    return causal === true && j > i + keys - queries ? sum + MASKED : sum;
  });
};

const softmax = (x: Float32Array, keys: number): Float64Array => {
  const out = new Float64Array(x.length);
  for (let from = 0; from < x.length; from += keys) {
    const row = x.subarray(from, from + keys);
    const top = row.reduce((a, b) => Math.max(a, b));
    const exponentials = Float64Array.from(row, (value) => Math.exp(value - top));
    const sum = exponentials.reduce((a, b) => a + b, 0);
    out.set(
      exponentials.map((value) => value / sum),
      from,
    );
  }
  return out;
};

const run = (c: Case, scores: Float32Array, mask: Float32Array) => {
  const { batch, heads, queries, keys, causal, mask: axes, threshold } = c;
  const saved = scores.slice();
  const used = new Float32Array(threshold == null ? 0 : scores.length);
  const [b, h, q] = axes ?? [1, 1, 1];
  onKernels([saved, mask, used], (kernels, at) => {
    kernels.attentionSoftmax(
      at(saved),
      batch,
      heads,
      queries,
      keys,
      causal === true,
      axes != null,
      at(mask),
      b > 1 ? h * q * keys : 0,
      h > 1 ? q * keys : 0,
      q > 1 ? keys : 0,
      threshold != null,
      ...KEY,
      threshold ?? 0,
      at(used),
    );
  });
  return { saved, used };
};

const CASES: readonly Case[] = [
  { batch: 1, heads: 1, queries: 1, keys: 1 },
  { batch: 2, heads: 3, queries: 5, keys: 7 },
  { batch: 2, heads: 3, queries: 5, keys: 7, threshold: 20_000 },
  { batch: 2, heads: 2, queries: 6, keys: 6, causal: true },
  { batch: 2, heads: 2, queries: 3, keys: 19, causal: true },
  { batch: 1, heads: 2, queries: 9, keys: 4, causal: true },
  { batch: 3, heads: 2, queries: 4, keys: 33, mask: [3, 1, 1] },
  { batch: 3, heads: 2, queries: 4, keys: 33, mask: [3, 2, 4], threshold: 6554 },
  { batch: 3, heads: 2, queries: 4, keys: 5, mask: [1, 1, 4], causal: true, threshold: 1 },
  { batch: 1, heads: 3, queries: 1, keys: 3, mask: [1, 3, 1], threshold: 65_535 },
  { batch: 2, heads: 2, queries: 64, keys: 64, mask: [2, 1, 1], causal: true, threshold: 6554 },
];

describe.each(CASES)('attentionSoftmax: %j', (c) => {
  it('is the softmax of what is added up, and drops what dropout drops', () => {
    const { batch, heads, queries, keys, mask: axes, threshold } = c;
    const scores = random(batch * heads * queries * keys, 1, 5);
    const size = axes == null ? 0 : axes[0] * axes[1] * axes[2] * keys;
    const mask = random(size, 2, 1).map((x) => (x > 0.4 ? MASKED : x < -0.8 ? -Infinity : 0));
    // Every row keeps a key.
    for (let at = 0; at < size; at += keys) mask[at] = 0;
    const expected = softmax(added(c, scores, mask), keys);
    const { saved, used } = run(c, scores, mask);
    const signs = new Float32Array(saved.length).fill(1);
    if (threshold != null) choose({ key: KEY, threshold, kept: 1, dropped: -1 }, signs);
    let worst = 0;
    saved.forEach((p, i) => {
      worst = Math.max(worst, Math.abs(p - signs[i]! * expected[i]!));
      if (threshold != null) expect(used[i]).toBe(signs[i]! > 0 ? p : 0);
    });
    expect(worst).toBeLessThan(1e-6);
  });

  it('has its gradient', () => {
    const { batch, heads, queries, keys, threshold } = c;
    const rows = batch * heads * queries;
    const p = softmax(random(rows * keys, 3, 4), keys);
    const signs = new Float32Array(p.length).fill(1);
    if (threshold != null) choose({ key: KEY, threshold, kept: 1, dropped: -1 }, signs);
    const saved = Float32Array.from(p, (value, i) => value * signs[i]!);
    const dUsed = random(rows * keys, 4, 2);
    const d = dUsed.slice();
    const used = new Float32Array(threshold == null ? 0 : d.length).fill(9);
    onKernels([saved, d, used], (kernels, at) => {
      kernels.attentionSoftmaxGrad(at(saved), at(d), rows, keys, threshold != null, at(used));
    });
    let worst = 0;
    for (let from = 0; from < p.length; from += keys) {
      let sum = 0;
      for (let i = from; i < from + keys; i++) sum += Math.max(saved[i]!, 0) * dUsed[i]!;
      for (let i = from; i < from + keys; i++) {
        const exact = Math.max(saved[i]!, 0) * dUsed[i]! - Math.abs(saved[i]!) * sum;
        worst = Math.max(worst, Math.abs(d[i]! - exact));
        if (threshold != null) expect(used[i]).toBe(Math.max(saved[i]!, 0));
      }
    }
    expect(worst).toBeLessThan(1e-6);
  });
});

describe('attentionSoftmax at the edges', () => {
  const row = (values: readonly number[], mask?: readonly number[]): number[] => {
    const c: Case = {
      batch: 1,
      heads: 1,
      queries: 1,
      keys: values.length,
      ...(mask ? { mask: [1, 1, 1] } : {}),
    };
    return Array.from(run(c, Float32Array.from(values), Float32Array.from(mask ?? [])).saved);
  };

  it('hides a key by a mask', () => {
    const mask = [0, MASKED, -Infinity, 0, MASKED];
    expect(row([1, 80, 80, 1, 2], mask)).toEqual([0.5, 0, 0, 0.5, 0]);
  });

  it('is even where all keys are hidden alike', () => {
    expect(row([1, 2, 3, 4, 5], Array<number>(5).fill(MASKED))).toEqual(Array(5).fill(Math.fround(0.2)));
  });

  it.each([
    ['NaN', [1, NaN, 2, 3, 4]],
    ['Infinity', [1, 2, 3, 4, Infinity]],
    ['-Infinity alone', [-Infinity, -Infinity, -Infinity, -Infinity, -Infinity]],
  ])('is NaN in a row of %s', (_, values) => {
    expect(row(values)).toEqual(Array(5).fill(NaN));
  });

  it.each([
    ['finite', 1, [0.5, 0.5]],
    ['-Infinity', -Infinity, [0.5, 0.5]],
    ['NaN', NaN, [NaN, NaN]],
    ['Infinity', Infinity, [NaN, NaN]],
    ['greater than what hides it', 2e9, [0, 0]],
  ])('counts a key beyond the last that is seen as a sum would: %s', (_, score, first) => {
    const c: Case = { batch: 1, heads: 1, queries: 2, keys: 3, causal: true };
    const { saved } = run(c, Float32Array.of(3, 3, score, 3, 3, 3), new Float32Array(0));
    const last = Number.isNaN(first[0]) ? NaN : 1 - first[0]! - first[1]!;
    expect(Array.from(saved.subarray(0, 3))).toEqual([...first, last]);
    expect(saved[5]).toBe(Math.fround(1 / 3));
  });

  it('spreads a query that sees no key over all, as scores beside 1e9 are equal', () => {
    const c: Case = { batch: 1, heads: 1, queries: 3, keys: 2, causal: true };
    const { saved } = run(c, Float32Array.of(1, 2, 3, 4, 5, 5), new Float32Array(0));
    expect(Array.from(saved)).toEqual([0.5, 0.5, 1, 0, 0.5, 0.5]);
  });
});
