import { describe, expect, it } from 'vitest';
import { numbers } from '../testing';
import { onKernels } from './testing';

const random = (size: number, seed: number): Float32Array => {
  const next = numbers(seed);
  return Float32Array.from({ length: size }, next);
};

/** softmax(q k^T scale + mask) v of every row and head, in float64. */
const exact = (
  [batch, heads, groups, keys, depth]: readonly number[] & { length: 5 },
  { query, keyValue, mask }: Readonly<Record<'query' | 'keyValue' | 'mask', Float32Array>>,
  scale: number,
): { y: number[]; saved: number[] } => {
  const y: number[] = [];
  const saved: number[] = [];
  for (let b = 0; b < batch!; b++) {
    for (let h = 0; h < heads!; h++) {
      const group = Math.floor((h * groups!) / heads!);
      const at = (j: number, part: number, i: number): number =>
        keyValue[((b * keys! + j) * 2 + part) * groups! * depth! + group * depth! + i]!;
      const places = Array.from({ length: keys! }, (_, j) => j);
      const features = Array.from({ length: depth! }, (_, i) => i);
      const q = (i: number): number => query[(b * heads! + h) * depth! + i]!;
      const scores = places.map(
        (j) => scale * features.reduce((sum, i) => sum + q(i) * at(j, 0, i), 0) + mask[b * keys! + j]!,
      );
      const top = Math.max(...scores);
      const mass = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
      const p = scores.map((score) => Math.exp(score - top) / mass);
      saved.push(...p);
      y.push(...features.map((i) => places.reduce((sum, j) => sum + p[j]! * at(j, 1, i), 0)));
    }
  }
  return { y, saved };
};

describe('attentionStep', () => {
  it.each([
    [1, 1, 1, 1, 1],
    [2, 3, 3, 5, 3],
    [2, 4, 2, 6, 4],
    [3, 4, 1, 7, 9],
    [2, 2, 2, 33, 16],
    [1, 8, 8, 24, 64],
  ] as const)('of batch %i, heads %i of %i groups, keys %i, depth %i is the formula', (...sizes) => {
    const [batch, heads, groups, keys, depth] = sizes;
    const query = random(batch * heads * depth, 1).map((x) => 3 * x);
    const keyValue = random(batch * keys * 2 * groups * depth, 2);
    const mask = random(batch * keys, 3).map((x, i) => (x > 0.5 && i % keys > 0 ? -1e9 : x));
    const y = new Float32Array(batch * heads * depth).fill(9);
    const saved = new Float32Array(batch * heads * keys).fill(9);
    const scale = Math.fround(1 / Math.sqrt(depth));
    const whole = new Float32Array(Int32Array.from({ length: batch }, (_, row) => row).buffer);
    const table = new Float32Array(batch * (keys + 1));
    onKernels([query, keyValue, mask, y, saved, whole, table], (kernels, at) => {
      const [places, masks] = [at(table), at(table) + 4 * batch * keys];
      kernels.placeKeys(places, 4 * keys, batch, at(keyValue), keys, 8 * groups * depth, at(whole));
      kernels.placeKeys(masks, 4, batch, at(mask), 1, 4 * keys, at(whole));
      kernels.attentionStep(
        ...([at(query), 4 * heads * depth, places, batch, heads, groups, keys, depth, scale] as const),
        ...([true, masks, 0, at(saved), at(y)] as const),
      );
    });
    const expected = exact(sizes, { query, keyValue, mask }, scale);
    const worst = (received: Float32Array, values: readonly number[]): number =>
      values.reduce((most, value, i) => Math.max(most, Math.abs(received[i]! - value)), 0);
    expect(worst(y, expected.y)).toBeLessThan(2e-6);
    expect(worst(saved, expected.saved)).toBeLessThan(2e-6);
  });
});
