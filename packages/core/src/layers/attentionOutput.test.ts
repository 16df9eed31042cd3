import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { layerNormFormula } from '../../testing/formulas';
import { maxError, noise, read } from '../../testing/numbers';
import { randomStream } from '../random/random';
import { attentionOutput, attentionOutputParts } from './attentionOutput';
import { Linear } from './linear';

const [ROWS, D, HEADS] = [3, 6, 3];
const heads = noise(ROWS * D, 1);
const scales = [2, -1, 0.5];
const linear = (): Linear => new Linear({ inputs: D, outputs: D }, {}, randomStream(1));

/** y = x W of the layer, in float64. */
const projected = (x: number[], layer: Linear): number[] => {
  const w = read(layer.weight.value);
  return x.map((_, at) => {
    let sum = 0;
    for (let k = 0; k < D; k++) sum += x[at - (at % D) + k]! * w[k * D + (at % D)]!;
    return sum;
  });
};

onBackends(() => {
  describe('attentionOutput', () => {
    const scaled = heads.map((value, at) => value * scales[Math.floor((at % D) / (D / HEADS))]!);
    const normed = (x: number[]): number[] =>
      layerNormFormula(x, new Array<number>(D).fill(1), new Array<number>(D).fill(0), 1e-5);

    it.each([
      ['nothing', {}, heads],
      ['a scale a head', { headScale: true }, scaled],
      ['an inner norm', { innerNorm: 'layer' as const }, normed(heads)],
      ['both, the scale first', { headScale: true, innerNorm: 'layer' as const }, normed(scaled)],
    ])('with %s between heads and projection', (_what, options, expected) => {
      const output = linear();
      const parts = { ...attentionOutputParts(options, HEADS, D), output };
      parts.headScale?.assign(tf.tensor1d(scales));
      const x = tf.tensor3d(heads, [1, ROWS, D]);
      const y = tf.tidy(() => attentionOutput(x, parts));
      expect(maxError(read(y), projected(expected, output))).toBeLessThan(1e-5);
      expect(leftovers(() => tf.tidy(() => attentionOutput(x, parts)))).toBe(0);
      tf.dispose([x, y]);
      output.dispose();
    });
  });
});

describe('attentionOutputParts', () => {
  it('are absent unless asked for, and start without effect', () => {
    expect(attentionOutputParts({}, HEADS, D)).toEqual({});
    const { headScale } = attentionOutputParts({ headScale: true }, HEADS, D);
    expect(read(headScale!.value)).toEqual([1, 1, 1]);
  });
});
