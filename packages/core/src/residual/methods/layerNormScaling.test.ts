import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { layerNormScaling } from './layerNormScaling';
import { preLN } from './preLN';

describe('LayerNorm Scaling', () => {
  it('scales what both branches of block l read by l^(-1/2)', () => {
    const scale = (block: number, kind = 'selfAttention') =>
      layerNormScaling().plan(placeAt({ block, kind })).residual.readScale;
    expect(scale(0)).toEqual({ kind: 'constant', value: 1 });
    expect(scale(3)).toEqual({ kind: 'constant', value: 0.5 });
    expect(scale(3, 'feedForward')).toEqual(scale(3));
  });

  it('is else Pre-LN', () => {
    const { readScale, ...rest } = layerNormScaling({ norm: 'layer' }).plan(placeAt({ block: 8 })).residual;
    expect(readScale).toEqual({ kind: 'constant', value: expect.closeTo(1 / 3, 12) });
    expect(rest).toEqual(preLN().plan(placeAt()).residual);
    expect(() => layerNormScaling({ scale: 1 } as never)).toThrow("unknown option 'scale'");
  });
});
