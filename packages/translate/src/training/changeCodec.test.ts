import { randomStream } from '@steadyformer/core';
import { expect, it } from 'vitest';
import { addChange, changeBytes, encodeChange } from './changeCodec';

const numbers = (size: number, seed: number): Float64Array =>
  Float64Array.from(randomStream(seed).uniform(size), (x) => x - 0.5);

const sent = (change: Float64Array, carried: Float32Array): Float64Array => {
  const sum = new Float64Array(change.length);
  addChange(encodeChange(change, carried), sum);
  return sum;
};

it.each([1, 256, 257, 1000])(
  '%i numbers: each off by half a step of its block at most, and that is carried',
  (size) => {
    const change = numbers(size, 1).map((x, i) => x * 10 ** -Math.floor(i / 256));
    const carried = new Float32Array(size);
    const bytes = encodeChange(change, carried);
    expect(bytes.length).toBe(changeBytes(size));
    expect(bytes.length).toBe(size + 4 * Math.ceil(size / 256));
    const sum = Float64Array.from({ length: size }, () => 1);
    addChange(bytes, sum);
    for (let block = 0; block < size; block += 256) {
      const most = Math.max(...change.slice(block, block + 256).map(Math.abs));
      for (let i = block; i < Math.min(block + 256, size); i++) {
        expect(Math.abs(sum[i]! - 1 - change[i]!)).toBeLessThanOrEqual((most / 127 / 2) * 1.0001);
        expect(carried[i]!).toBeCloseTo(change[i]! - (sum[i]! - 1), 8);
      }
    }
  },
);

it('loses nothing in the long run', () => {
  const change = numbers(300, 2);
  change[7] = 1e-4;
  const carried = new Float32Array(300);
  const total = new Float64Array(300);
  for (let step = 0; step < 200; step++) for (const [i, x] of sent(change, carried).entries()) total[i]! += x;
  // A change that is below half a step every time.
  expect(total[7]!).toBeGreaterThan(0.01);
  for (const [i, x] of total.entries())
    expect(Math.abs(x + carried[i]! - 200 * change[i]!)).toBeLessThan(1e-4);
});

it('keeps zeros, and what is too small for a scale; what is no number spoils its block alone', () => {
  expect(sent(new Float64Array(3), new Float32Array(3))).toEqual(new Float64Array(3));
  const carried = new Float32Array(2);
  expect(sent(Float64Array.of(1e-45, 0), carried)).toEqual(new Float64Array(2));
  expect(carried[0]).toBeGreaterThan(0);
  const spoiled = numbers(300, 3);
  spoiled[3] = Number.NaN;
  const found = sent(spoiled, new Float32Array(300));
  expect(found.slice(0, 256).every(Number.isNaN)).toBe(true);
  expect(found.slice(256).every(Number.isFinite)).toBe(true);
});
