import { describe, expect, it } from 'vitest';
import { LayerNorm } from './layerNorm';
import { normOf } from './norm';
import { ScaleNorm } from './scaleNorm';

describe('normOf', () => {
  it('makes each kind', () => {
    expect(normOf('layer', 4)).toBeInstanceOf(LayerNorm);
    expect(normOf('scale', 4)).toBeInstanceOf(ScaleNorm);
  });

  it('names the kinds there are', () => {
    expect(() => normOf('batch' as never, 4)).toThrow("norm: received 'batch', allowed 'layer', 'scale'.");
  });
});
