import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { encoder } from '../../models/encoder';
import { mixLN } from './mixLN';

/** P for a block of Post-LN, p for one of Pre-LN. */
const blocksOf = (depth: number, fraction?: number): string =>
  Array.from({ length: depth }, (_, block) => {
    const { after, before } = mixLN(fraction === undefined ? {} : { fraction }).plan(
      placeAt({ depth, block }),
    ).residual;
    expect([after, before].filter((norm) => norm === 'rms')).toHaveLength(1);
    return after ? 'P' : 'p';
  }).join('');

describe('Mix-LN', () => {
  it('has a quarter of its blocks Post-LN, rounded down', () => {
    expect(blocksOf(12)).toBe('PPPppppppppp');
    expect(blocksOf(7)).toBe('Ppppppp');
    expect(blocksOf(3)).toBe('ppp');
  });

  it('takes the share it is told, all and none as well', () => {
    expect(blocksOf(4, 0.5)).toBe('PPpp');
    expect(blocksOf(3, 1)).toBe('PPP');
    expect(blocksOf(3, 0)).toBe('ppp');
    // 0.29 * 100 is 28.999999999999996.
    expect(blocksOf(100, 0.29).lastIndexOf('P')).toBe(28);
  });

  it('ends with a norm where its last block is Pre-LN', () => {
    const ends = [0.5, 1].map((fraction) => {
      const model = encoder({
        ...{ vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 2 },
        method: mixLN({ fraction }),
      });
      const found = model.encoder.finalNorm !== undefined;
      model.dispose();
      return found;
    });
    expect(ends).toEqual([true, false]);
  });

  it('refuses other shares', () => {
    expect(() => mixLN({ fraction: 1.5 })).toThrow(
      'mixLN() fraction: received 1.5, allowed numbers in [0, 1]',
    );
  });
});
