import { describe, expect, it } from 'vitest';
import { read } from '../../../testing/numbers';
import { placeAt } from '../../../testing/places';
import { encoder } from '../../models/encoder';
import { dyT } from './dyT';

describe('DyT', () => {
  it('has an alpha before every branch and at the end, and no norm', () => {
    const sizes = { vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 1 };
    const model = encoder({ ...sizes, method: dyT({ alpha: 0.2, attentionAlpha: 0.8 }) });
    const alphas = model
      .parameters()
      .flatMap(({ path, parameter }) => (path.endsWith('.alpha') ? [[path, ...read(parameter.value)]] : []));
    expect(alphas).toEqual([
      ['encoder.layers.0.selfAttention.before.alpha', expect.closeTo(0.8, 6)],
      ['encoder.layers.0.feedForward.before.alpha', expect.closeTo(0.2, 6)],
      ['encoder.finalNorm.alpha', expect.closeTo(0.2, 6)],
    ]);
    model.dispose();
  });

  it('takes one alpha for all unless told', () => {
    expect(dyT().options).toEqual({ alpha: 0.5, attentionAlpha: 0.5 });
    expect(dyT({ alpha: 1 }).options).toEqual({ alpha: 1, attentionAlpha: 1 });
    expect(dyT().plan(placeAt()).residual.after).toBeUndefined();
    expect(() => dyT({ alpha: 0 })).toThrow('dyT() alpha: received 0, allowed numbers > 0');
  });
});
