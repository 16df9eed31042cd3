import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { layerScale, layerScaleInitial } from './layerScale';

describe('LayerScale', () => {
  it.each([
    [6, 0.1],
    [18, 0.1],
    [19, 1e-5],
    [24, 1e-5],
    [25, 1e-6],
    [100, 1e-6],
  ])('of %d blocks starts from %d', (depth, initial) => {
    expect(layerScaleInitial(depth)).toBe(initial);
    const place = placeAt({ stack: 'decoder', depth });
    expect(layerScale().plan(place).residual).toEqual({
      before: 'layer',
      shortcutScale: { kind: 'one' },
      branchScale: { kind: 'vector', initial },
    });
  });

  it('starts where it is told', () => {
    const method = layerScale({ initial: 0.01 });
    expect(method.plan(placeAt()).residual.branchScale).toEqual({ kind: 'vector', initial: 0.01 });
    expect(method.options).toEqual({ initial: 0.01 });
    expect(() => layerScale({ initial: Number.NaN })).toThrow('layerScale() initial: received NaN');
  });
});
