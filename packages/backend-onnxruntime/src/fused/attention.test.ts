import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { distance, floats, type Inputs, onCpu, type Plain, runKernel } from '../testing';
import { dropoutFactors, type Key } from './dropoutBits';

interface Case {
  readonly name: string;
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
  readonly heads: number;
  readonly groups: number;
  readonly depth: number;
  readonly packed: boolean;
  readonly mask?: 'row' | 'full';
  readonly causal?: boolean;
  readonly rate?: number;
}

const cases: readonly Case[] = [
  { name: 'packed', batch: 2, queries: 5, keys: 5, heads: 2, groups: 2, depth: 4, packed: true },
  { name: 'cross', batch: 2, queries: 3, keys: 6, heads: 2, groups: 2, depth: 4, packed: false, mask: 'row' },
  {
    name: 'causal',
    batch: 2,
    queries: 6,
    keys: 6,
    heads: 2,
    groups: 2,
    depth: 8,
    packed: true,
    causal: true,
  },
  {
    name: 'cached',
    batch: 2,
    queries: 2,
    keys: 6,
    heads: 2,
    groups: 2,
    depth: 8,
    packed: false,
    causal: true,
  },
  {
    name: 'one query',
    batch: 3,
    queries: 1,
    keys: 7,
    heads: 2,
    groups: 2,
    depth: 8,
    packed: false,
    causal: true,
  },
  { name: 'one key-value head', batch: 2, queries: 5, keys: 5, heads: 4, groups: 1, depth: 4, packed: true },
  {
    name: 'grouped, masks, dropout',
    batch: 2,
    queries: 5,
    keys: 5,
    heads: 4,
    groups: 2,
    depth: 4,
    packed: true,
    mask: 'full',
    causal: true,
    rate: 0.3,
  },
  {
    name: 'larger, dropout',
    batch: 4,
    queries: 16,
    keys: 24,
    heads: 4,
    groups: 4,
    depth: 16,
    packed: false,
    mask: 'row',
    rate: 0.1,
  },
];

const key: Key = [123456789, -987654321];

const toHeads = (x: tf.Tensor, count: number): tf.Tensor => {
  const [batch, time, width] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [batch, time, count, width / count]), [0, 2, 1, 3]);
};

/** Group g serves the heads that read it. */
const repeat = (x: tf.Tensor, heads: number): tf.Tensor => {
  const groups = x.shape[1]!;
  const reader = Array.from({ length: heads }, (_, head) => Math.floor((head * groups) / heads));
  return tf.gather(x, tf.tensor1d(reader, 'int32'), 1);
};

/** The formula of the paper from plain tfjs ops. */
const reference = (
  c: Case,
  query: tf.Tensor,
  keyValue: tf.Tensor | undefined,
  mask?: tf.Tensor,
): tf.Tensor => {
  const { batch, queries, keys, heads, groups, depth } = c;
  const sizes = [heads, groups, groups].map((n) => n * depth);
  const [q, k, v] = keyValue ? [query, ...tf.split(keyValue, 2, 2)] : tf.split(query, sizes, 2);
  const spread = (x: tf.Tensor): tf.Tensor => repeat(toHeads(x, groups), heads);
  let scores = tf.mul(tf.matMul(toHeads(q!, heads), spread(k!), false, true), 1 / Math.sqrt(depth));
  if (mask) scores = tf.add(scores, mask);
  if (c.causal) {
    const seen = Array.from({ length: queries * keys }, (_, i) =>
      i % keys <= Math.floor(i / keys) + keys - queries ? 0 : -1e9,
    );
    scores = tf.add(scores, tf.tensor(seen, [queries, keys]));
  }
  let p = tf.softmax(scores);
  if (c.rate) {
    const factors = new Float32Array(batch * heads * queries * keys);
    dropoutFactors(key, c.rate, factors);
    p = tf.mul(p, tf.tensor(factors, p.shape));
  }
  const y = tf.transpose(tf.matMul(p, spread(v!)), [0, 2, 1, 3]);
  return tf.reshape(y, [batch, queries, heads * depth]);
};

const maskOf = ({ batch, queries, keys, mask }: Case): Plain => {
  const rows = mask === 'full' ? queries : 1;
  const base = floats([batch, 1, rows, keys], 9);
  return { ...base, values: base.values.map((x, i) => (x > 0.4 && i % keys > 0 ? -1e9 : 0)) };
};

describe.each(cases)('SteadyAttention: $name', (c) => {
  const { batch, queries, keys, heads, groups, depth } = c;
  const attrs = {
    heads,
    keyValueHeads: groups,
    scale: 1 / Math.sqrt(depth),
    causal: c.causal ?? false,
    dropoutRate: c.rate ?? 0,
    dropoutKey: key,
  };
  const inputs: Inputs = {
    query: floats([batch, queries, (c.packed ? heads + 2 * groups : heads) * depth], 1),
    ...(c.packed ? {} : { keyValue: floats([batch, keys, 2 * groups * depth], 2) }),
    ...(c.mask ? { mask: maskOf(c) } : {}),
  };

  it('agrees with plain ops', async () => {
    const [expected] = await onCpu(inputs, (t) => [reference(c, t.query!, t.keyValue, t.mask)]);
    const [y, saved] = await runKernel('SteadyAttention', inputs, attrs);
    expect(distance(y!, expected!)).toBeLessThan(2e-6);
    expect(saved!.shape).toEqual([batch, heads, queries, keys]);
  });

  it("has tfjs's gradients", async () => {
    const dy = floats([batch, queries, heads * depth], 3);
    const expected = await onCpu({ ...inputs, dy }, (t) =>
      tf.grads((query, keyValue) => reference(c, query!, keyValue, t.mask))(
        t.keyValue ? [t.query!, t.keyValue] : [t.query!],
        t.dy!,
      ),
    );
    const [y, saved] = await runKernel('SteadyAttention', inputs, attrs);
    const received = await runKernel('SteadyAttentionGrad', { dy, ...inputs, y: y!, saved: saved! }, attrs);
    expect(received).toHaveLength(expected.length);
    for (const [i, plain] of expected.entries()) expect(distance(received[i]!, plain)).toBeLessThan(5e-6);
  });
});

describe('SteadyAttention at the edges', () => {
  const attrs = { heads: 1, keyValueHeads: 1, scale: 1, causal: false, dropoutRate: 0, dropoutKey: key };

  it('takes no queries', async () => {
    const inputs = { query: floats([2, 0, 4]), keyValue: floats([2, 3, 8]) };
    const [y, saved] = await runKernel('SteadyAttention', inputs, attrs);
    expect(y!.shape).toEqual([2, 0, 4]);
    const [dQuery, dKeyValue] = await runKernel(
      'SteadyAttentionGrad',
      { dy: y!, ...inputs, y: y!, saved: saved! },
      attrs,
    );
    expect(dQuery!.shape).toEqual([2, 0, 4]);
    expect(dKeyValue!.values.every((value) => value === 0)).toBe(true);
  });
});
