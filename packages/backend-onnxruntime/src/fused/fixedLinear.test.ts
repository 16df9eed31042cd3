import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { OnnxRuntimeBackend } from '../backend';
import { onBothKernels } from './testing';

const ours = (): OnnxRuntimeBackend => tf.backend() as unknown as OnnxRuntimeBackend;

interface How {
  readonly transposed?: boolean;
  readonly owned?: boolean;
  readonly computeType?: 'float32' | 'int8';
  readonly activation?: string;
  readonly bias?: tf.Tensor;
}

const product = (x: tf.Tensor, weight: tf.Tensor, { bias, ...how }: How = {}): number[] =>
  tf.tidy(() => {
    const attrs = { activation: 'none', transposed: false, owned: false, computeType: 'float32', ...how };
    const inputs = { x, weight, ...(bias ? { bias } : {}) };
    const y = tf.engine().runKernel('SteadyFixedLinear', inputs, attrs) as unknown as tf.Tensor;
    return Array.from(y.dataSync());
  });

const lengthOf = (numbers: readonly number[]): number => Math.hypot(...numbers);

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

    it.each([
      ['none', false, 33, 70, 41],
      ['relu', true, 5, 16, 9],
      ['gelu', true, 2, 3, 4],
      ['gelu', false, 130, 256, 64],
      ['none', true, 1, 1, 1],
    ] as const)(
      'in bytes is near what it is in floats: %s, bias %s, %ix%ix%i',
      (activation, biased, m, k, n) => {
        for (const transposed of [false, true]) {
          const before = tf.memory().numTensors;
          const [x, weight] = [drawn([m, k], 1), drawn(transposed ? [n, k] : [k, n], 2)];
          const bias = biased ? tf.randomNormal([n], 0, 1, 'float32', 3) : undefined;
          const how = { activation, transposed, ...(bias ? { bias } : {}) };
          const exact = product(x, weight, how);
          const rounded = product(x, weight, { ...how, computeType: 'int8' });
          expect(rounded).toHaveLength(m * n);
          const error = lengthOf(rounded.map((value, i) => value - exact[i]!));
          expect(error).toBeLessThan(0.02 * Math.max(lengthOf(exact), 1));
          if (m * k * n > 1000) expect(error).toBeGreaterThan(0);
          tf.dispose([x, weight, ...(bias ? [bias] : [])]);
          expect(tf.memory().numTensors).toBe(before);
        }
      },
    );

    it('in bytes keeps zeros, and shows what is not finite in its own row', () => {
      const [weight, bias] = [drawn([20, 3], 1), tf.tensor1d([1, -2, 3])];
      const rows = [0, 1, Number.NaN, 1, Number.POSITIVE_INFINITY].map((value) =>
        new Array(20).fill(1).map((one, i) => (i === 7 || value === 0 ? value : one)),
      );
      const y = product(tf.tensor2d(rows as number[][]), weight, { bias, computeType: 'int8' });
      expect(y.slice(0, 3)).toEqual([1, -2, 3]);
      expect(y.slice(3, 6)).toEqual(y.slice(9, 12));
      expect(y.slice(3, 6).every(Number.isFinite)).toBe(true);
      expect(y.slice(6, 9).some(Number.isFinite)).toBe(false);
      expect(y.slice(12, 15).some(Number.isFinite)).toBe(false);
    });

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
