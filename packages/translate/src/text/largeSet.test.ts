import { randomStream } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { LargeMap, LargeSet } from './largeSet';

const random = randomStream(3);
const draws = Array.from({ length: 500 }, (_, i) => Math.floor(60 * random.uniformAt(i)));

describe.each([1, 7, 60, 1000])('of at most %i in a part', (most) => {
  it('a LargeSet has what a Set has', () => {
    const [large, plain] = [new LargeSet<number>(most), new Set<number>()];
    for (const value of draws) {
      expect(large.has(value)).toBe(plain.has(value));
      large.add(value);
      plain.add(value);
      expect(large.size).toBe(plain.size);
    }
  });

  it('a LargeMap has what a Map has, in its order', () => {
    const [large, plain] = [new LargeMap<number, number>(most), new Map<number, number>()];
    for (const [i, key] of draws.entries()) {
      expect(large.get(key)).toBe(plain.get(key));
      large.set(key, i);
      plain.set(key, i);
    }
    expect([...large]).toEqual([...plain]);
    expect(large.size).toBe(plain.size);
  });
});

it.runIf(process.env.STEADYFORMER_LONG === '1')(
  'holds more than one Set of V8 can',
  () => {
    const set = new LargeSet<number>();
    const count = 2 ** 24 + 10;
    for (let i = 0; i < count; i++) set.add(i);
    expect(set.size).toBe(count);
    expect([set.has(0), set.has(count - 1), set.has(count)]).toEqual([true, true, false]);
  },
  120_000,
);
