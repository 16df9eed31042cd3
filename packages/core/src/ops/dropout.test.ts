import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { noise, read } from '../../testing/numbers';
import { dropoutFactors, randomStream } from '../random/random';
import { dropout, dropoutMask } from './dropout';

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
  });
});
