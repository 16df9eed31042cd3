import { describe, expect, it } from 'vitest';
import { makeTask, paddedBatches, positionsOf, randomBatches, tokensOf } from './task';

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

describe('paddedBatches', () => {
  const large = { ...size, batchSize: 32, time: 32, padded: true };
  const batches = paddedBatches(large);

  it('vary in shape within the budget, and hold pads', () => {
    expect(batches.length).toBe(8);
    expect(new Set(batches.map(({ rows, targetTime }) => `${rows}x${targetTime}`)).size).toBeGreaterThan(5);
    for (const { rows, sourceTime, targetTime, source, target, labels } of batches) {
      expect(rows * Math.max(sourceTime, targetTime)).toBeLessThanOrEqual(1024);
      expect([source.length, target.length, labels.length]).toEqual([
        rows * sourceTime,
        rows * targetTime,
        rows * targetTime,
      ]);
      // A pad is followed by pads alone, and no row is all pads.
      for (let row = 0; row < rows; row++) {
        const ids = labels.slice(row * targetTime, (row + 1) * targetTime);
        expect(ids.indexOf(1) < 0 || ids.slice(ids.indexOf(1)).every((id) => id === 1)).toBe(true);
        expect(ids[0]).toBeGreaterThan(1);
      }
    }
    const [tokens, all] = [tokensOf, positionsOf].map((count) =>
      batches.reduce((sum, b) => sum + count(b), 0),
    );
    expect(tokens! / all!).toBeGreaterThan(0.6);
    expect(tokens! / all!).toBeLessThan(0.98);
  });

  it('are the same every time, and are timed together', () => {
    expect(paddedBatches(large)).toEqual(batches);
    const task = makeTask(large, 'w');
    expect(task.updates).toBe(8);
    expect(task.time).toBe(Math.max(...batches.flatMap((b) => [b.sourceTime, b.targetTime])));
  });
});

it('makeTask has heads of 64 and a feed-forward four times as wide', () => {
  expect(makeTask(size, 'w')).toMatchObject({ heads: 4, feedForward: 1024, depth: 6, weights: 'w' });
});
