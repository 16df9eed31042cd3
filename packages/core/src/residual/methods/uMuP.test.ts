import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { initialOf } from '../residual';
import { type UMuPOptions, uMuP } from './uMuP';

const planned = (kinds: readonly string[], depth: number, options?: UMuPOptions) =>
  Array.from({ length: depth * kinds.length }, (_, index) => {
    const kind = kinds[index % kinds.length]!;
    const block = Math.floor(index / kinds.length);
    const place = placeAt({
      ...{ kind, depth, block, index, branches: depth * kinds.length },
      endsBlock: (index + 1) % kinds.length === 0,
    });
    const { shortcutScale, branchScale } = uMuP(options).plan(place).residual;
    return { kind, skip: Number(initialOf(shortcutScale)), branch: Number(initialOf(branchScale)) };
  });

/** Variances at the end of the embedding, of all attention and of all feed-forward branches, each starting with 1. */
const partsAtTheEnd = (...given: Parameters<typeof planned>) => {
  const parts = { embedding: 1, attention: 0, feedForward: 0 };
  for (const { kind, skip, branch } of planned(...given)) {
    for (const key of Object.keys(parts) as (keyof typeof parts)[]) parts[key] *= skip ** 2;
    parts[kind === 'feedForward' ? 'feedForward' : 'attention'] += branch ** 2;
  }
  return parts;
};

const ENCODER = ['selfAttention', 'feedForward'];
const DECODER = ['selfAttention', 'crossAttention', 'feedForward'];

describe('u-muP', () => {
  it("has the t of the authors' rule", () => {
    // t = (alpha / (n/2 + attentions alpha_a^2 + feed-forwards alpha_f^2)^(1/2)) at n = 4 sub-layers, by hand.
    const t = (options: UMuPOptions) => planned(ENCODER, 2, options).map(({ skip, branch }) => branch / skip);
    expect(t({})).toEqual([2, 3, 4, 5].map((n) => expect.closeTo(n ** -0.5, 12)));
    // alpha_f = 2 (2/5)^(1/2) at mult 2 and ratio 2, alpha_a twice that: squares 1.6 and 6.4.
    expect(t({ residualMult: 2, residualAttnRatio: 2 })).toEqual(
      [6.4 / 2, 1.6 / 8.4, 6.4 / 10, 1.6 / 16.4].map((square) => expect.closeTo(square ** 0.5, 12)),
    );
  });

  it.each([ENCODER, DECODER])(
    'gives embedding, attention and feed-forward equal parts of variance 1',
    (...kinds) => {
      for (const depth of [1, 3, 50]) {
        const parts = partsAtTheEnd(kinds, depth);
        for (const part of Object.values(parts)) expect(part).toBeCloseTo(1 / 3, 12);
      }
    },
  );

  it('takes the two knobs as ratios of deviations', () => {
    const parts = partsAtTheEnd(DECODER, 6, { residualMult: 3, residualAttnRatio: 0.5 });
    expect(Math.sqrt(parts.attention / parts.feedForward)).toBeCloseTo(0.5, 12);
    expect((parts.attention + parts.feedForward) / 2 / parts.embedding).toBeCloseTo(9, 12);
  });

  it('norms the input of a branch', () => {
    expect(uMuP().plan(placeAt()).residual.before).toBe('rms');
    expect(() => uMuP({ residualMult: 0 })).toThrow('uMuP() residualMult: received 0, allowed numbers > 0');
  });
});
