import { describe, expect, it } from 'vitest';
import { read, variance } from '../../../testing/numbers';
import { placeAt } from '../../../testing/places';
import { ScaleNorm } from '../../layers/scaleNorm';
import { SelfAttention } from '../../layers/selfAttention';
import { transformer } from '../../models/transformer';
import { randomStream } from '../../random/random';
import { scaleNorm } from './scaleNorm';

describe('ScaleNorm', () => {
  it('uses its norm everywhere, at the end of the stack too', () => {
    const model = transformer({ vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 1, method: scaleNorm() });
    expect(model.encoder.finalNorm).toBeInstanceOf(ScaleNorm);
    for (const { subLayer } of model.decoder.subLayers()) expect(subLayer.before).toBeInstanceOf(ScaleNorm);
    expect(model.parameters().filter(({ path }) => path.endsWith('norm.bias'))).toEqual([]);
    model.dispose();
  });

  it('starts attention weights at variance 2 / (5 D)', () => {
    const width = 256;
    const gains = scaleNorm().plan(placeAt()).initGains!;
    const layer = new SelfAttention({ width, heads: 4, gains }, randomStream(1));
    for (const { weight } of [layer.queryKeyValue, layer.output]) {
      expect(Math.abs((variance(read(weight.value)) * 5 * width) / 2 - 1)).toBeLessThan(0.03);
    }
    layer.dispose();
  });
});
