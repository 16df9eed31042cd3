import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { embeddingSkips } from './embeddingSkips';

describe('embedding skips', () => {
  it('take the input in where a block begins, by numbers on a line', () => {
    const streamsAt = (block: number, within: number) =>
      embeddingSkips().plan(placeAt({ block, index: 2 * block + within })).residual.streams!;
    expect(streamsAt(0, 0)).toMatchObject({
      read: [1.15, 0.2],
      carry: [
        [1.15, 0.2],
        [0, 1],
      ],
      write: [1, 0],
    });
    expect(streamsAt(5, 0).read).toEqual([1.05, 0.05].map((value) => expect.closeTo(value, 12)));
    expect(streamsAt(3, 0).read).toEqual([1.09, 0.11].map((value) => expect.closeTo(value, 12)));
    expect(streamsAt(3, 1)).toMatchObject({ read: [1, 0], write: [1, 0] });
    expect(streamsAt(3, 1).weights).toBeUndefined();
    expect(embeddingSkips().plan(placeAt({ depth: 1, branches: 2 })).residual.streams!.read).toEqual([
      1.15, 0.2,
    ]);
  });

  it('train them, or do not', () => {
    const weights = (trained: boolean) =>
      embeddingSkips({ trained }).plan(placeAt()).residual.streams!.weights;
    expect(weights(true)).toMatchObject({ name: 'one trained sum' });
    expect(weights(false)).toBeUndefined();
    expect(() => embeddingSkips({ skip: [1] as never })).toThrow('embeddingSkips() skip: received [1]');
  });
});
