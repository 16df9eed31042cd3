import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { mean, read, variance } from '../../../testing/numbers';
import { placeAt } from '../../../testing/places';
import { selectBackend } from '../../backend/select';
import { encoderBlock } from '../../models/blocks';
import { randomStream } from '../../random/random';
import { Stack } from '../stack';
import { deepScaleLM } from './deepScaleLM';

beforeAll(async () => {
  await selectBackend('wasm');
});

/** Tokens of variance 1, any two of which correlate by r. */
const tokensOf = (r: number, batch: number, tokens: number, width: number): tf.Tensor3D =>
  tf.tidy(() => {
    const draw = (shape: number[], seed: number) =>
      tf.randomNormal<tf.Rank.R3>(shape as [number, number, number], 0, 1, 'float32', seed);
    const common = tf.mul(draw([batch, 1, width], 1), Math.sqrt(r));
    return tf.add(common, tf.mul(draw([batch, tokens, width], 2), Math.sqrt(1 - r)));
  });

describe('DeepScaleLM', () => {
  it('scales shortcut and branch so that variance 1 stays', () => {
    const { residual } = deepScaleLM().plan(placeAt({ branches: 384, depth: 192 }));
    expect(residual.before).toBe('layer');
    // 0.0052, the 0.005 of the authors' code.
    expect(residual.shortcutScale).toEqual({
      kind: 'constant',
      value: expect.closeTo((382 / 384) ** 0.5, 12),
    });
    expect(residual.branchScale).toEqual({ kind: 'constant', value: expect.closeTo((2 / 384) ** 0.5, 12) });
    const short = deepScaleLM().plan(placeAt({ branches: 2, depth: 1 })).residual;
    expect(short.shortcutScale).toEqual(short.branchScale);
  });

  it('has the deviations of its weights', () => {
    const plan = (own: object, options = {}) => deepScaleLM(options).plan(placeAt(own)).initGains!;
    // sqrt(1 / 2) / D against 2 / (5 D), for a hidden layer of 4 D.
    expect(plan({ kind: 'feedForward' }).inner! ** 2 * (2 / 5)).toBeCloseTo(Math.SQRT1_2, 12);
    expect(plan({ kind: 'feedForward' })).toEqual({
      inner: expect.any(Number),
      outer: plan({ kind: 'feedForward' }).inner,
    });
    // r^(-1/2) / D, 0.221 before the first branch: against 1 / (2 D) and 1 / D.
    const first = plan({});
    expect(first.value! ** 2 / 2).toBeCloseTo(0.221 ** -0.5, 12);
    expect(first.output! ** 2).toBeCloseTo(0.221 ** -0.5, 12);
    expect([first.query, first.key]).toEqual([Math.SQRT2, Math.SQRT2]);
    const dropped = plan({}, { dropout: 0.1 });
    expect(dropped.output! ** 2).toBeCloseTo((0.9 / (0.221 * 0.9)) ** 0.5, 12);
    expect(plan({ kind: 'mixer' })).toEqual({});
  });

  it('makes every branch one of variance 1, however the tokens have come to correlate', () => {
    const [batch, tokens, width, depth] = [4, 128, 64, 6];
    const block = encoderBlock({ width, heads: 4, feedForward: 4 * width });
    const stack = new Stack({ name: 'encoder', width, depth, block, method: deepScaleLM() }, randomStream(3));
    const x = tokensOf(0.221, batch, tokens, width);
    const found: number[] = [];
    const streams: number[] = [];
    stack
      .call(x, {
        probe: {
          branch: ({ branch, shortcut }) => {
            found.push(variance(read(branch)) * depth); // b^2 = 2 / (2 depth)
            streams.push(variance(read(shortcut)));
            return undefined;
          },
        },
      })
      .dispose();
    expect(found).toHaveLength(12);
    for (const each of found) expect(Math.abs(each - 1)).toBeLessThan(0.4);
    expect(Math.abs(mean(found) - 1)).toBeLessThan(0.1);
    for (const each of streams) expect(Math.abs(each - 1)).toBeLessThan(0.12);
    x.dispose();
    stack.dispose();
  });

  it('refuses other options', () => {
    expect(() => deepScaleLM({ dropout: 0.5 })).toThrow('deepScaleLM() dropout: received 0.5');
    expect(() => deepScaleLM({ correlation: 0 })).toThrow('deepScaleLM() correlation: received 0');
  });
});
