import { randomStream } from '@steadyformer/core';
import { expect, it } from 'vitest';
import { PairHeap } from './pairHeap';

it('gives its entries in order', () => {
  const comesFirst = (countA: number, a: number, countB: number, b: number): boolean =>
    countA !== countB ? countA > countB : a < b;
  const heap = new PairHeap(comesFirst);
  const draws = Array.from(randomStream(1).uniform(500), (u) => Math.floor(u * 40));
  for (const [pair, count] of draws.entries()) heap.push(count, pair);
  expect(heap.size).toBe(500);
  const popped: number[] = [];
  for (let top = heap.pop(); top; top = heap.pop()) {
    expect(draws[top.pair]).toBe(top.count);
    popped.push(top.pair);
  }
  const sorted = draws.map((_, pair) => pair).sort((a, b) => draws[b]! - draws[a]! || a - b);
  expect(popped).toEqual(sorted);
});
