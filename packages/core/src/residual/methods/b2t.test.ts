import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { b2t } from './b2t';
import { postLN } from './postLN';

describe('B2T', () => {
  it('adds the block input before the last norm of a block only', () => {
    const plain = postLN().plan(placeAt()).residual;
    expect(b2t().plan(placeAt({ endsBlock: false })).residual).toEqual(plain);
    expect(b2t().plan(placeAt({ endsBlock: true })).residual).toEqual({ ...plain, extraShortcut: 'block' });
    expect(b2t().plan(placeAt()).initGains).toBeUndefined();
  });

  it("with the released code's start scales every weight by blocks^(-1/2)", () => {
    const place = placeAt({ stack: 'decoder', depth: 16 });
    const gains = b2t({ scaledInit: true }).plan(place).initGains;
    const factor = 0.25;
    expect(gains).toEqual({
      ...{ query: factor, key: factor, value: factor, output: factor },
      ...{ inner: factor, outer: factor },
    });
    expect(() => b2t({ scaleInit: true } as never)).toThrow("did you mean 'scaledInit'");
  });
});
