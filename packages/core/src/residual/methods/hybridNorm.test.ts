import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { ONE } from '../residual';
import { type HybridNormOptions, hybridNorm } from './hybridNorm';

const scales = { shortcutScale: ONE, branchScale: ONE };
const normed = { branchOptions: { queryKeyNorm: 'rms', valueNorm: 'rms' } };
const planOf = (kind: string, block: number, options?: HybridNormOptions) =>
  hybridNorm(options).plan(placeAt({ kind, block }));

describe('hybridNorm', () => {
  it('norms within attention and after it, and nothing of the feed-forward', () => {
    for (const kind of ['selfAttention', 'crossAttention']) {
      expect(planOf(kind, 0)).toEqual({ residual: { after: 'rms', ...scales }, ...normed });
    }
    expect(planOf('feedForward', 0)).toEqual({ residual: scales });
    expect(hybridNorm().finalNorm?.(placeAt({}))).toBe('rms');
  });

  it('with a star is Pre-LN in the first block alone', () => {
    const star = { star: true };
    expect(planOf('selfAttention', 0, star)).toEqual({ residual: { before: 'rms', ...scales }, ...normed });
    expect(planOf('feedForward', 0, star)).toEqual({ residual: { before: 'rms', ...scales } });
    for (const kind of ['selfAttention', 'feedForward']) {
      expect(planOf(kind, 1, star)).toEqual(planOf(kind, 1));
    }
  });

  it('refuses other options', () => {
    expect(() => hybridNorm({ star: 1 } as object)).toThrow(
      'hybridNorm() star: received 1, allowed true, false',
    );
    expect(() => hybridNorm({ stra: true } as object)).toThrow("unknown option 'stra', did you mean 'star'?");
  });
});
