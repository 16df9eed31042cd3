import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { read } from '../../testing/numbers';
import { dropoutFactors, randomStream } from '../random/random';
import { dropoutIn, dropoutStream } from './dropout';

onBackends(() => {
  describe('dropoutIn', () => {
    it('draws from the child stream of its label', () => {
      const x = tf.ones([3, 5]);
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
