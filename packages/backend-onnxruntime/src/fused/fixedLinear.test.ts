import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { OnnxRuntimeBackend } from '../backend';
import { onBothKernels } from './testing';

const ours = (): OnnxRuntimeBackend => tf.backend() as unknown as OnnxRuntimeBackend;

const product = (x: tf.Tensor, weight: tf.Tensor, { transposed = false, owned = false } = {}): number[] =>
  tf.tidy(() => {
    const attrs = { activation: 'none', transposed, owned };
    const y = tf.engine().runKernel('SteadyFixedLinear', { x, weight }, attrs) as unknown as tf.Tensor;
    return Array.from(y.dataSync());
  });

const drawn = (shape: [number, number], seed: number): tf.Tensor2D =>
  tf.randomNormal(shape, 0, 1, 'float32', seed);

describe('SteadyFixedLinear', () => {
  onBothKernels(() => {
    it.each([false, true])(
      'gives a row the same bits, however many there are: transposed %s',
      (transposed) => {
        const [x, weight] = [drawn([61, 96], 1), drawn(transposed ? [130, 96] : [96, 130], 2)];
        const all = product(x, weight, { transposed });
        for (const [from, rows] of [
          [0, 1],
          [7, 1],
          [3, 5],
          [20, 33],
        ] as const) {
          const some = product(tf.slice(x, [from, 0], [rows, 96]), weight, { transposed });
          expect(some).toEqual(all.slice(130 * from, 130 * (from + rows)));
        }
        tf.dispose([x, weight]);
      },
    );

    it('keeps a session a weight as long as that lives', () => {
      const before = ours().memory().weights;
      const [x, weight] = [drawn([2, 8], 1), drawn([8, 3], 2)];
      const first = product(x, weight);
      expect(product(x, weight)).toEqual(first);
      expect(ours().memory().weights).toBe(before + 1);
      const clone = tf.clone(weight);
      weight.dispose();
      expect(product(x, clone)).toEqual(first);
      expect(ours().memory().weights).toBe(before + 1);
      clone.dispose();
      expect(ours().memory().weights).toBe(before);
      x.dispose();
    });

    it('follows a weight that is written through a view of the memory that it shares', () => {
      const flat = tf.tensor1d([1, 2, 3, 4, 5, 6]);
      const view = (offset: number, shape: number[]): tf.Tensor =>
        tf.engine().runKernel('SteadyView', { x: flat }, { offset, shape }) as unknown as tf.Tensor;
      const weight = view(2, [2, 2]);
      const x = tf.tensor2d([1, 1], [1, 2]);
      expect(product(x, weight)).toEqual([8, 10]);
      const source = tf.tensor1d([0, 0, 1, 1, 1, 2]);
      tf.dispose(
        tf.engine().runKernel('SteadyCopy', { destination: flat, source }, {}) as unknown as tf.Tensor,
      );
      expect(product(x, weight)).toEqual([2, 3]);
      tf.dispose([flat, weight, x, source]);
    });

    it('reads memory that threads share anew, unless it is owned', () => {
      const memory = new Float32Array(new SharedArrayBuffer(256)).fill(1);
      const [weight, x] = [tf.tensor2d(memory, [8, 8]), tf.ones([1, 8])];
      const before = ours().memory().weights;
      expect(product(x, weight)).toEqual(new Array(8).fill(8));
      memory.fill(2);
      expect(product(x, weight)).toEqual(new Array(8).fill(16));
      expect(ours().memory().weights).toBe(before);
      expect(product(x, weight, { owned: true })).toEqual(new Array(8).fill(16));
      expect(ours().memory().weights).toBe(before + 1);
      tf.dispose([weight, x]);
    });

    it('refuses shapes that do not fit, by name', () => {
      tf.tidy(() => {
        expect(() => product(tf.ones([2, 3]), tf.ones([4, 5]))).toThrow(
          'SteadyFixedLinear weight: received float32 [4,5], allowed float32 [3,any].',
        );
        expect(() => product(tf.ones([2, 3]), tf.ones([3, 5]), { transposed: true })).toThrow(
          'SteadyFixedLinear weight: received float32 [3,5], allowed float32 [any,3].',
        );
      });
    });
  });
});
