import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { maxError, noise, read } from '../../../testing/numbers';
import { placeAt } from '../../../testing/places';
import { encoderBlock } from '../../models/blocks';
import { randomStream } from '../../random/random';
import { Stack } from '../stack';
import { b2t } from './b2t';
import { postLN } from './postLN';

describe('B2T', () => {
  it('carries the block input as a second stream into the last norm of a block', () => {
    const { streams, ...rest } = b2t().plan(placeAt()).residual;
    expect(rest).toEqual(postLN().plan(placeAt()).residual);
    expect(streams).toMatchObject({ read: [1], carry: [[1], [1]], write: [1, 0] });
    const last = b2t().plan(placeAt({ index: 3, block: 1, endsBlock: true })).residual.streams;
    expect(last).toMatchObject({ read: [1, 0], carry: [[1, 1]], write: [1] });
    const middle = b2t().plan(placeAt({ stack: 'decoder', index: 4, branches: 18 })).residual.streams;
    expect(middle).toMatchObject({
      read: [1, 0],
      carry: [
        [1, 0],
        [0, 1],
      ],
      write: [1, 0],
    });
    expect(b2t().plan(placeAt()).initGains).toBeUndefined();
  });

  it('computes y = LN(h + FFN(h) + x), h = LN(x + Attn(x)), block by block', () => {
    const options = {
      name: 'encoder',
      width: 8,
      depth: 2,
      block: encoderBlock({ width: 8, heads: 2, feedForward: 16 }),
    };
    const stack = new Stack({ ...options, method: b2t() }, randomStream(3));
    const x = tf.tensor3d(noise(2 * 3 * 8, 1), [2, 3, 8]);
    const expected = tf.tidy(() =>
      stack.layers.reduce((stream, { selfAttention, feedForward }) => {
        const h = selfAttention!.after!.call(tf.add(stream, selfAttention!.branch.call(stream, {})));
        return feedForward!.after!.call(tf.add(tf.add(h, feedForward!.branch.call(h, {})), stream));
      }, x),
    );
    const y = stack.call(x);
    expect(maxError(read(y), read(expected))).toBeLessThan(1e-6);
    tf.dispose([x, y, expected]);
    stack.dispose();
  });

  it('takes the input twice in a block of one sub-layer', () => {
    const alone = b2t().plan(placeAt({ branches: 6, endsBlock: true })).residual.streams;
    expect(alone).toMatchObject({ read: [1], carry: [[2]], write: [1] });
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
