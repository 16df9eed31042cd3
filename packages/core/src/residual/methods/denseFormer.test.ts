import { describe, expect, it } from 'vitest';
import { placeAt, stackOf } from '../../../testing/places';
import { denseFormer } from './denseFormer';

const streamsAt = (block: number, within: number, period = 1) =>
  denseFormer({ period }).plan(placeAt({ block, index: 2 * block + within })).residual.streams!;

describe('DenseFormer', () => {
  it('keeps what every block gave, and averages where the next begins', () => {
    const counts = [0, 1, 2, 3, 4, 5].map((i) => {
      const { read, carry } = streamsAt(i >> 1, i % 2);
      return [read.length, carry.length];
    });
    expect(counts).toEqual([
      ...[
        [1, 2],
        [2, 2],
      ],
      ...[
        [2, 3],
        [3, 3],
      ],
      ...[
        [3, 4],
        [4, 4],
      ],
    ]);
    expect(streamsAt(2, 0)).toMatchObject({
      read: [1, 0, 0],
      carry: [
        [1, 0, 0],
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
      write: [1, 0, 0, 0],
      weights: { name: 'one trained sum' },
    });
    expect([streamsAt(0, 0), streamsAt(2, 1)].map(({ weights }) => weights)).toEqual([undefined, undefined]);
  });

  it('or every so many blocks', () => {
    const averaged = [1, 2, 3, 4].map((block) => streamsAt(block, 0, 2).weights !== undefined);
    expect(averaged).toEqual([false, true, false, true]);
    const leave = (period: number) => denseFormer({ period }).leave!(stackOf('encoder', 6, 0));
    expect(leave(3).weights).toMatchObject({ name: 'one trained sum' });
    expect(leave(4).weights).toBeUndefined();
    expect(() => denseFormer({ period: 0 })).toThrow('denseFormer() period: received 0');
  });
});
