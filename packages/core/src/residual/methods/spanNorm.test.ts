import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { spanNorm } from './spanNorm';

const KINDS = {
  encoder: ['selfAttention', 'feedForward'],
  decoder: ['selfAttention', 'crossAttention', 'feedForward'],
};

/** The sub-layers of a block of a stack of six. */
const blockOf = (stack: 'encoder' | 'decoder', block: number) =>
  KINDS[stack].map((kind, i, all) =>
    spanNorm().plan(
      placeAt({
        ...{ stack, kind, block, index: block * all.length + i, branches: 6 * all.length },
        endsBlock: i === all.length - 1,
      }),
    ),
  );

describe('SpanNorm', () => {
  it.each(['encoder', 'decoder'] as const)(
    "joins the block's input in the last sum of a block: %s",
    (stack) => {
      // Where the input of a block stands in the sum of each of its sub-layers: by the carried streams, one after another.
      let streams = [1];
      const sums = blockOf(stack, 3).map(({ residual }) => {
        const { carry } = residual.streams!;
        streams = carry.map((row) => row.reduce((sum, weight, j) => sum + weight * streams[j]!, 0));
        const first = streams[0];
        // What a norm has mixed is no longer the input.
        streams = [0, ...streams.slice(1)];
        return first;
      });
      expect(sums).toEqual(stack === 'encoder' ? [1, 1] : [1, 0, 1]);
      expect(streams).toHaveLength(1);
    },
  );

  it('norms every sum, and what the first attention of the stack reads', () => {
    const norms = [0, 1].flatMap((block) =>
      blockOf('encoder', block).map(({ residual: { before, after } }) => [before, after]),
    );
    expect(norms).toEqual([
      ['rms', 'rms'],
      [undefined, 'rms'],
      [undefined, 'rms'],
      [undefined, 'rms'],
    ]);
  });

  it('of blocks of one sub-layer is Post-LN', () => {
    const { residual } = spanNorm({ norm: 'layer' }).plan(
      placeAt({ branches: 6, index: 2, endsBlock: true }),
    );
    expect(residual).toEqual({
      after: 'layer',
      shortcutScale: { kind: 'one' },
      branchScale: { kind: 'one' },
    });
    expect(() => spanNorm({ norm: 1 as never })).toThrow('spanNorm() norm: received 1');
  });
});
