import { describe, expect, it } from 'vitest';
import { placeAt, stackOf } from '../../../testing/places';
import { transformer } from '../../models/transformer';
import { subLN, subLNGain } from './subLN';

describe('Sub-LN', () => {
  it.each([
    // sqrt(ln(2 L)), sqrt(ln(2 M)); sqrt(ln(3 M) ln(2 L) / 3), sqrt(ln(3 M))
    ['encoder', 12, 0, 1.7827],
    ['decoder', 0, 12, 1.7827],
    ['encoder', 6, 6, 1.5473],
    ['decoder', 6, 6, 1.7001],
  ] as const)('%s of depths %d-%d scales by %d', (stack, encoder, decoder, gain) => {
    expect(subLNGain(stackOf(stack, encoder, decoder))).toBeCloseTo(gain, 4);
  });

  it('norms twice a branch; cross-attention keeps the common start', () => {
    const own = subLN().plan(placeAt({ stack: 'decoder' }));
    expect(own.residual).toMatchObject({ before: 'layer', shortcutScale: { kind: 'one' } });
    expect(own.branchOptions).toEqual({ innerNorm: 'layer' });
    expect(Object.keys(own.initGains!)).toEqual(['value', 'output', 'inner', 'outer']);
    const cross = subLN().plan(placeAt({ stack: 'decoder', kind: 'crossAttention' }));
    expect(cross.branchOptions).toEqual({ innerNorm: 'layer' });
    expect(cross.initGains).toBeUndefined();
  });

  it('has its norms at d and at d_ff', () => {
    const model = transformer({ vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 1, method: subLN() });
    const shapes = Object.fromEntries(
      model.parameters().map(({ path, parameter }) => [path, parameter.shape]),
    );
    for (const kind of ['selfAttention', 'crossAttention']) {
      expect(shapes[`decoder.layers.0.${kind}.branch.innerNorm.gain`]).toEqual([8]);
    }
    expect(shapes['encoder.layers.0.feedForward.branch.innerNorm.gain']).toEqual([32]);
    model.dispose();
  });
});
