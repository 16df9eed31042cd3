import { describe, expect, it } from 'vitest';
import { type Exchange, exchangeSeconds, type Traffic, trafficOf } from './exchange';

const exchange = (changes: Partial<Exchange> = {}): Exchange => ({
  trained: 1_000_000,
  ranks: 4,
  over: 'mpi',
  every: 0,
  precision: 'float32',
  ...changes,
});

/** Sends pieces of an array between ranks, by halves, and counts. */
const walked = (ranks: number, size: number): { sent: number; rounds: number; sums: number[] } => {
  // Recursive halving of what is summed, then doubling of what is known.
  const arrays = Array.from({ length: ranks }, (_, r) =>
    Array.from({ length: size }, (_, i) => (r + 1) * (i + 1)),
  );
  let [sent, rounds] = [0, 0];
  let extents = arrays.map(() => ({ from: 0, to: size }));
  for (let half = ranks / 2; half >= 1; half /= 2, rounds++) {
    const before = arrays.map((array) => [...array]);
    extents = extents.map(({ from, to }, r) => {
      const middle = (from + to) / 2;
      const kept = r & half ? { from: middle, to } : { from, to: middle };
      for (let i = kept.from; i < kept.to; i++) arrays[r]![i] = before[r]![i]! + before[r ^ half]![i]!;
      if (r === 0) sent += to - middle;
      return kept;
    });
  }
  for (let half = 1; half < ranks; half *= 2, rounds++) {
    const [before, known] = [arrays.map((array) => [...array]), extents];
    sent += known[0]!.to - known[0]!.from;
    extents = known.map((own, r) => {
      const other = known[r ^ half]!;
      for (let i = other.from; i < other.to; i++) arrays[r]![i] = before[r ^ half]![i]!;
      return { from: Math.min(own.from, other.from), to: Math.max(own.to, other.to) };
    });
  }
  return { sent, rounds, sums: arrays.at(-1)! };
};

describe('what an exchange sends', () => {
  it.each([2, 4, 8, 16])('is as much as an algorithm that sends the least, between %d ranks', (ranks) => {
    const size = 64;
    const { sent, rounds, sums } = walked(ranks, size);
    // It does add up.
    expect(sums).toEqual(Array.from({ length: size }, (_, i) => ((i + 1) * ranks * (ranks + 1)) / 2));
    const traffic = trafficOf(exchange({ trained: size, ranks }));
    expect([traffic.sent, traffic.received]).toEqual([4 * sent, 4 * sent]);
    // Two of arrays, and of three small calls log2 n each; by halves it were 2 log2 n.
    expect(traffic.messages).toBe(2 + (3 * rounds) / 2);
  });

  it.each<[Partial<Exchange>, Traffic]>([
    [{ ranks: 1 }, { sent: 0, received: 0, moved: 0, messages: 0 }],
    [{ ranks: 3 }, { sent: 16e6 / 3, received: 16e6 / 3, moved: 16e6 / 3, messages: 8 }],
    // A byte and a 64th a number, from each of the others.
    [
      { precision: 'int8', every: 50 },
      { sent: 1015625, received: 3046875, moved: 4062500, messages: 8 },
    ],
    [{ over: 'http' }, { sent: 12e6, received: 15e6, moved: 27e6, messages: 4 }],
    [
      { over: 'http', every: 50 },
      { sent: 12e6, received: 12e6, moved: 24e6, messages: 2 },
    ],
    [
      { over: 'http', precision: 'int8', every: 50 },
      { sent: 9140625, received: 3046875, moved: 12187500, messages: 2 },
    ],
  ])('of %j is %j', (changes, traffic) => {
    expect(trafficOf(exchange(changes))).toEqual(traffic);
  });
});

describe('what an exchange takes', () => {
  const link = { bandwidth: 1e6, latency: 1e-3 };

  it('is messages, bytes of one direction, and memory', () => {
    // 2 + 3 x 2 messages, 6 MB at 1 MB/s, 6 MB at 1 GB/s.
    expect(exchangeSeconds(exchange(), link, 1e9)).toBeCloseTo(0.008 + 6 + 0.006, 12);
  });

  it('over HTTP is what comes in, and then what goes out', () => {
    expect(exchangeSeconds(exchange({ over: 'http', every: 9 }), link, 1e9)).toBeCloseTo(
      0.002 + 24 + 0.024,
      12,
    );
  });

  it('of one rank is nothing', () => {
    expect(exchangeSeconds(exchange({ ranks: 1 }), link, 1e9)).toBe(0);
  });
});
