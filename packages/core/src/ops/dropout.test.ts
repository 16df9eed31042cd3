import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { noise, read } from '../../testing/numbers';
import { dropoutFactors, randomStream } from '../random';
import { dropout, dropoutIn, dropoutMask, dropoutStream } from './dropout';

const SHAPE = [3, 5];
const { key } = randomStream(9);

onBackends(() => {
  describe('dropout', () => {
    it('multiplies by the factors of its key, forward and backward', () => {
      const factors = dropoutFactors(key, 15, 0.3);
      checkOp({
        inputs: [{ shape: SHAPE, data: noise(15, 1) }],
        op: (x) => dropout(x!, 0.3, key),
        formula: (x) => x!.map((value, i) => value * factors[i]!),
      });
    });

    it('gives 0 for what it drops, forward and backward, whatever it is', () => {
      const factors = dropoutFactors(key, 15, 0.3);
      const x = tf.fill(SHAPE, Number.POSITIVE_INFINITY);
      const y = dropout(x, 0.3, key);
      expect(factors).toContain(0);
      expect(read(y)).toEqual(Array.from(factors, (factor) => (factor === 0 ? 0 : Number.POSITIVE_INFINITY)));
      // The gradient that comes in is infinite everywhere.
      const dx = tf.grad((input) => tf.sum(tf.mul(dropout(input, 0.3, key), Number.POSITIVE_INFINITY)))(x);
      expect(read(dx)).toEqual(read(y));
      tf.dispose([x, y, dx]);
    });

    it('gives its factors as a tensor', () => {
      const mask = dropoutMask(SHAPE, 0.3, key);
      expect(mask.shape).toEqual(SHAPE);
      expect(read(mask)).toEqual(Array.from(dropoutFactors(key, 15, 0.3)));
      mask.dispose();
    });

    it('in a context draws from the child stream of its label', () => {
      const x = tf.ones(SHAPE);
      const random = randomStream(4);
      const y = dropoutIn({ training: true, random }, 'hidden', x, 0.3);
      expect(read(y)).toEqual(Array.from(dropoutFactors(random.fork('hidden').key, 15, 0.3)));
      expect(leftovers(() => dropoutIn({ training: true, random }, 'hidden', x, 0.3))).toBe(0);
      tf.dispose([x, y]);
    });
  });
});

describe('dropoutStream', () => {
  it('is absent where dropout does nothing', () => {
    expect(dropoutStream({}, 0.5)).toBeUndefined();
    expect(dropoutStream({ training: true }, 0)).toBeUndefined();
    expect(dropoutStream({ random: randomStream(1) }, 0.5)).toBeUndefined();
  });

  it('needs a random stream to train, and says where', () => {
    expect(() => dropoutStream({ training: true, path: 'encoder.layers.0' }, 0.5)).toThrow(
      "dropout at 'encoder.layers.0': training with rate 0.5 needs context.random",
    );
  });
});
