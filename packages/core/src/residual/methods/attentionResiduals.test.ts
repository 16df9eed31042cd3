import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { attentionResiduals } from './attentionResiduals';

const counts = (blocks?: number) =>
  Array.from({ length: 8 }, (_, index) => {
    const place = placeAt({ index, branches: 8, depth: 4 });
    const { streams } = attentionResiduals(blocks ? { blocks } : {}).plan(place).residual;
    return [streams!.read.length, streams!.carry.length];
  });

describe('attention residuals', () => {
  it('add a stream a sub-layer', () => {
    expect(counts()).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((i) => [i + 1, i + 2]));
  });

  it('or one a group of sub-layers, to which its others add', () => {
    expect(counts(3)).toEqual([
      ...[
        [1, 2],
        [2, 2],
        [2, 2],
      ],
      ...[
        [2, 3],
        [3, 3],
        [3, 3],
      ],
      ...[
        [3, 4],
        [4, 4],
      ],
    ]);
    const { streams } = attentionResiduals({ blocks: 3 }).plan(
      placeAt({ index: 4, branches: 8, depth: 4 }),
    ).residual;
    expect(streams).toMatchObject({ read: [1 / 3, 1 / 3, 1 / 3], write: [0, 0, 1] });
    // More groups than sub-layers are as many.
    expect(counts(99)).toEqual(counts());
  });

  it('have nothing to train where there is one stream', () => {
    const weightsAt = (index: number) =>
      attentionResiduals().plan(placeAt({ index })).residual.streams!.weights;
    expect([weightsAt(0), weightsAt(1)]).toEqual([
      undefined,
      { name: 'attention over depth', gives: ['a'], make: expect.any(Function) },
    ]);
    expect(() => attentionResiduals({ blocks: 0 })).toThrow('attentionResiduals() blocks: received 0');
  });
});
