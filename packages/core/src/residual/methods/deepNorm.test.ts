import { describe, expect, it } from 'vitest';
import { placeAt, stackOf } from '../../../testing/places';
import { deepNorm, deepNormConstants } from './deepNorm';

const constants = (stack: 'encoder' | 'decoder', encoder: number, decoder: number): number[] => {
  const { alpha, beta } = deepNormConstants(stackOf(stack, encoder, decoder));
  return [alpha, beta];
};

describe('DeepNorm', () => {
  it.each([
    [6, 6, [1.418, 0.497], [2.06, 0.343]],
    [18, 18, [1.999, 0.353], [2.711, 0.261]],
    [100, 100, [3.416, 0.206], [4.162, 0.17]],
  ])('%d-%d has these constants', (encoder, decoder, ofEncoder, ofDecoder) => {
    for (const [i, value] of constants('encoder', encoder, decoder).entries()) {
      expect(value).toBeCloseTo(ofEncoder[i]!, 3);
    }
    for (const [i, value] of constants('decoder', encoder, decoder).entries()) {
      expect(value).toBeCloseTo(ofDecoder[i]!, 3);
    }
  });

  it('alone in an encoder or a decoder of 8 blocks: 16^(1/4), 64^(-1/4)', () => {
    for (const found of [constants('encoder', 8, 0), constants('decoder', 0, 8)]) {
      expect(found[0]).toBeCloseTo(2, 12);
      expect(found[1]).toBeCloseTo(64 ** -0.25, 12);
    }
  });

  it('puts alpha on the shortcut and beta on value, output and feed-forward', () => {
    const [alpha, beta] = constants('decoder', 6, 6);
    expect(deepNorm().plan(placeAt({ stack: 'decoder' }))).toEqual({
      residual: {
        after: 'layer',
        shortcutScale: { kind: 'constant', value: alpha },
        branchScale: { kind: 'one' },
      },
      initGains: { value: beta, output: beta, inner: beta, outer: beta },
    });
  });
});
