import { describe, expect, it } from 'vitest';
import { makeTask, randomBatches } from './task';

const size = {
  width: 256,
  depth: 6,
  vocabulary: 100,
  batchSize: 3,
  time: 5,
  method: 'postLN',
} as const;

describe('randomBatches', () => {
  const batches = randomBatches(size);

  it('have the sizes asked for and ids of words', () => {
    expect(batches.length).toBe(8);
    for (const { source, labels } of batches) {
      expect([source.length, labels.length]).toEqual([15, 15]);
      expect([...source, ...labels].every((id) => Number.isInteger(id) && id >= 4 && id < 100)).toBe(true);
    }
  });

  it('differ from one another, and are the same every time', () => {
    expect(new Set(batches.map(({ source }) => source.join())).size).toBe(8);
    expect(randomBatches(size)).toEqual(batches);
  });

  it('show the decoder what it should have said before', () => {
    const { target, labels } = batches[0]!;
    expect(target.slice(0, 5)).toEqual([2, ...labels.slice(0, 4)]);
    expect(target.slice(5, 10)).toEqual([2, ...labels.slice(5, 9)]);
  });
});

it('makeTask has heads of 64 and a feed-forward four times as wide', () => {
  expect(makeTask(size, 'w')).toMatchObject({ heads: 4, feedForward: 1024, depth: 6, weights: 'w' });
});
