import { describe, expect, it } from 'vitest';
import { floats, runKernel } from '../testing';
import { choose, dropoutFactors, dropoutSigns, type Key } from './dropoutBits';

// Printed by core's own dropoutFactors(key, count, rate): 1 where an element is kept.
const GOLDEN: readonly [Key, number, readonly number[]][] = [
  [[0, 0], 0.5, [0, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0]],
  [
    [1, 2],
    0.1,
    [1, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0],
  ],
  [[-123456789, 987654321], 0.3, [1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1, 1]],
];

const SCALE = Math.fround(1.1111186742782593);

describe('dropout bits', () => {
  it.each(GOLDEN)('agree with the reference: key %j, rate %f', (key, rate, expected) => {
    const out = new Float32Array(expected.length);
    dropoutFactors(key, rate, out);
    expect(Array.from(out, (x) => (x === 0 ? 0 : 1))).toEqual(expected);
    dropoutSigns(key, rate, out);
    expect(Array.from(out)).toEqual(expected.map((kept) => (kept === 1 ? 1 : -1)));
  });

  it('agree with the reference over a long stream', () => {
    const out = new Float32Array(100_001);
    dropoutFactors([7, -9], 0.1, out);
    let hash = 0;
    let kept = 0;
    out.forEach((x, i) => {
      if (x === 0) return;
      hash = (Math.imul(hash, 31) + i) | 0;
      kept++;
    });
    expect({ hash, kept }).toEqual({ hash: 1346628177, kept: 89881 });
  });
});

describe('SteadyDropout', () => {
  it.each([1, 7, 8, 50_003])('is the definition on %i elements, to the bit', async (size) => {
    const x = floats([size], 4);
    const expected = new Float32Array(size);
    const values = Float32Array.from(x.values);
    choose(
      { key: [77, -5], threshold: 13_107, kept: Math.fround(65536 / 52_429), dropped: 0 },
      expected,
      values,
    );
    const [y] = await runKernel('SteadyDropout', { x }, { rate: 0.2, key: [77, -5] });
    expect(y!.values).toEqual(Array.from(expected));
  });

  it('drops everything at a rate that rounds to 1', async () => {
    const [y] = await runKernel('SteadyDropout', { x: floats([16]) }, { rate: 0.999999, key: [1, 2] });
    expect(y!.values).toEqual(Array(16).fill(0));
    const signs = new Float32Array(16).fill(9);
    dropoutSigns([1, 2], 0.999999, signs);
    expect(new Set(signs)).toEqual(new Set([-1]));
  });

  it.each([1, 7, 4096, 100_001])('multiplies %i elements by their factors', async (size) => {
    const x = floats([size], 3);
    const factors = new Float32Array(size);
    dropoutFactors([5, 6], 0.1, factors);
    const [y] = await runKernel('SteadyDropout', { x }, { rate: 0.1, key: [5, 6] });
    expect(y!.values).toEqual(
      x.values.map((value, i) => (factors[i] === 0 ? 0 : Math.fround(Math.fround(value) * factors[i]!))),
    );
  });

  it.each([7, 4096])('gives 0 for what it drops of %i elements, whatever it is', async (size) => {
    const x = {
      ...floats([size]),
      values: Array.from({ length: size }, (_, i) => [Infinity, NaN, -Infinity][i % 3]!),
    };
    const factors = new Float32Array(size);
    dropoutFactors([5, 6], 0.4, factors);
    const [y] = await runKernel('SteadyDropout', { x }, { rate: 0.4, key: [5, 6] });
    expect(factors).toContain(0);
    expect(y!.values).toEqual(x.values.map((value, i) => (factors[i] === 0 ? 0 : value)));
  });

  it('scales what it keeps without bias', async () => {
    const x = { ...floats([40]), values: Array.from({ length: 40 }, () => 1) };
    const [y] = await runKernel('SteadyDropout', { x }, { rate: 0.1, key: [1, 2] });
    expect(new Set(y!.values)).toEqual(new Set([0, SCALE]));
  });

  it('keeps everything at rate 0', async () => {
    const x = floats([3, 5], 2);
    const [y] = await runKernel('SteadyDropout', { x }, { rate: 0, key: [1, 2] });
    expect(y).toEqual({ ...x, values: x.values.map(Math.fround) });
  });
});
