import * as tf from '@tensorflow/tfjs';
import { describe, expect, it, vi } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { read } from '../../testing/numbers';
import { vectorParameter } from '../state/module';
import { clipFactor, flatten, globalNorm, lossAndGradient, unflatten } from './gradients';

onBackends((backend) => {
  describe('flat gradients', () => {
    it('lie end to end in the order of the parameters, zero where the loss does not depend on one', () => {
      const [a, b, unused] = [[1, 2], [3], [4, 5]].map((x) => vectorParameter(Float32Array.from(x)));
      const named = [unused!, b!, a!].map((parameter, i) => ({ path: `${i}`, parameter }));
      const loss = (): tf.Scalar => tf.sum<tf.Scalar>(tf.mul(tf.square(a!.value), b!.value));
      const result = lossAndGradient(named, loss);
      expect(read(result.loss)).toEqual([15]);
      expect(read(result.gradient)).toEqual([0, 0, 5, 6, 12]);
      expect(leftovers(() => ({ ...lossAndGradient(named, loss) }))).toBe(0);
      tf.dispose([result.loss, result.gradient]);
      for (const { parameter } of named) parameter.dispose();
    });

    it('split into shapes and back', () => {
      const flat = tf.tensor1d([1, 2, 3, 4, 5, 6, 7]);
      const parts = unflatten(flat, [[2, 3], []]);
      expect(parts.map(({ shape }) => shape)).toEqual([[2, 3], []]);
      const again = flatten(parts);
      expect(read(again)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(() => unflatten(flat, [[2, 3]])).toThrow('unflatten: 7 numbers received, the shapes hold 6');
      expect(leftovers(() => unflatten(flat, [[2, 3], []]))).toBe(0);
      expect(leftovers(() => flatten(parts))).toBe(0);
      tf.dispose([flat, again, ...parts]);
    });

    it('split into parts that outlive them, the whole read once at most', () => {
      const flat = tf.tensor1d(Float32Array.from({ length: 64 }, (_, i) => i));
      const reads = vi.spyOn(tf.backend(), 'readSync');
      const parts = unflatten(
        flat,
        Array.from({ length: 16 }, () => [2, 2]),
      );
      // tfjs's wasm reads all of what it slices: once a part, that was half of a training step.
      if (backend === 'wasm') expect(reads.mock.calls.filter(([id]) => id === flat.dataId)).toHaveLength(1);
      reads.mockRestore();
      flat.dispose();
      expect(parts.flatMap(read)).toEqual(Array.from({ length: 64 }, (_, i) => i));
      tf.dispose(parts);
    });

    it('have a norm', () => {
      const flat = tf.tensor1d([3, 0, -4]);
      const norm = globalNorm(flat);
      expect(read(norm)).toEqual([5]);
      tf.dispose([flat, norm]);
    });
  });
});

describe('clipFactor', () => {
  it.each([
    [5, undefined, 1],
    [5, 0, 1],
    [5, 10, 1],
    // torch.nn.utils.clip_grad_norm_: limit / (norm + 1e-6), at most 1
    [5, 1, 1 / 5.000001],
    [0, 1, 1],
  ])('norm %d, limit %s: %d', (norm, limit, factor) => {
    expect(clipFactor(norm, limit)).toBe(factor);
  });
});
