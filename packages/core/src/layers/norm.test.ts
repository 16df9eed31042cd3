import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { maxError, read } from '../../testing/numbers';
import { LayerNorm } from './layerNorm';
import { normOf } from './norm';
import { RmsNorm } from './rmsNorm';
import { ScaleNorm } from './scaleNorm';

describe('normOf', () => {
  it('makes each kind', () => {
    expect(normOf('layer', 4)).toBeInstanceOf(LayerNorm);
    expect(normOf('rms', 4)).toBeInstanceOf(RmsNorm);
    expect(normOf('scale', 4)).toBeInstanceOf(ScaleNorm);
  });

  it('starts each with a gain of 1, except the length norm', () => {
    const x = tf.tensor2d([3, -3, 3, -3], [1, 4]);
    expect(maxError(read(normOf('rms', 4).call(x)), [1, -1, 1, -1])).toBeLessThan(1e-5);
    expect(maxError(read(normOf('layer', 4).call(x)), [1, -1, 1, -1])).toBeLessThan(1e-5);
  });

  it('names the kinds there are', () => {
    expect(() => normOf('batch' as never, 4)).toThrow(
      "norm: received 'batch', allowed 'layer', 'rms', 'scale'.",
    );
  });
});
