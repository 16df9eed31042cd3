import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { read } from '../../testing/numbers';
import { randomStream } from '../random/random';
import { Linear } from './linear';

onBackends(() => {
  describe('Linear', () => {
    it('adds a bias that starts at zero, or none', () => {
      const weights = Float32Array.of(1, 2, 3, 4, 5, 6);
      const sizes = { inputs: 2, outputs: 3 };
      const [biased, bare] = [
        new Linear(sizes, { weights }, randomStream(1)),
        new Linear(sizes, { weights, bias: false }, randomStream(1)),
      ];
      const x = tf.tensor2d([1, -1], [1, 2]);
      const before = biased.call(x);
      expect(read(before)).toEqual([-3, -3, -3]);
      biased.bias!.assign(tf.tensor1d([10, 0, 3]));
      const [after, plain, relu] = [biased.call(x), bare.call(x), biased.call(x, 'relu')];
      expect(read(after)).toEqual([7, -3, 0]);
      expect(read(relu)).toEqual([7, 0, 0]);
      expect(read(plain)).toEqual([-3, -3, -3]);
      expect(bare.parameters().map(({ path }) => path)).toEqual(['weight']);
      tf.dispose([x, before, after, plain, relu]);
    });
  });
});

describe('Linear options', () => {
  it('sizes are whole numbers', () => {
    expect(() => new Linear({ inputs: 0, outputs: 3 }, {}, randomStream(1))).toThrow(
      'Linear inputs: received 0',
    );
    expect(() => new Linear({ inputs: 2, outputs: 1.5 }, {}, randomStream(1))).toThrow('Linear outputs');
  });

  it('weights are a function of the stream', () => {
    const make = (seed: number): number[] =>
      read(new Linear({ inputs: 2, outputs: 3 }, {}, randomStream(seed)).weight.value);
    expect(make(1)).toEqual(make(1));
    expect(make(1)).not.toEqual(make(2));
  });
});
