import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { numbers } from '../testing';
import { onBothKernels } from './testing';

const call = (name: string, inputs: Record<string, tf.Tensor>): tf.Tensor =>
  tf.engine().runKernel(name, inputs, {}) as tf.Tensor;

const values = (n: number, seed: number): Float32Array => {
  const next = numbers(seed);
  return Float32Array.from({ length: n }, next);
};

const lengthOf = (x: Float32Array): number => Math.sqrt(x.reduce((sum, each) => sum + each * each, 0));

beforeEach(() => tf.setBackend('onnxruntime'));

onBothKernels(() => {
  describe.each([0, 1, 7, 1003, 70_001])('of %i numbers', (size) => {
    it('SteadyNorm rounds once', () => {
      tf.tidy(() => {
        const x = values(size, 1);
        expect(call('SteadyNorm', { x: tf.tensor1d(x) }).dataSync()[0]).toBe(Math.fround(lengthOf(x)));
      });
    });

    it('SteadyAddInto writes into the memory of its sum, which threads may share', () => {
      tf.tidy(() => {
        const shared = new Float32Array(new SharedArrayBuffer(4 * size + 8), 8, size);
        const [start, x] = [values(size, 1), values(size, 2)];
        shared.set(start);
        const length = call('SteadyAddInto', { sum: tf.tensor1d(shared), x: tf.tensor1d(x) });
        const expected = start.map((each, i) => each + x[i]!);
        expect(new Float32Array(shared)).toEqual(expected);
        expect(length.shape).toEqual([]);
        expect(length.dataSync()[0]).toBe(Math.fround(lengthOf(expected)));
      });
    });
  });

  describe('SteadyNorm', () => {
    it('neither overflows nor vanishes where squares would', () => {
      for (const each of [1e30, 1e-30]) {
        tf.tidy(() => {
          const x = new Float32Array(600).fill(each);
          const found = call('SteadyNorm', { x: tf.tensor1d(x) }).dataSync()[0]!;
          expect(found / (Math.sqrt(600) * Math.fround(each))).toBeCloseTo(1, 6);
        });
      }
    });

    it('takes one axis', () => {
      tf.tidy(() => {
        expect(() => call('SteadyNorm', { x: tf.zeros([2, 3]) })).toThrow(
          /^SteadyNorm x: received float32 \[2,3\], allowed float32 \[any\]/,
        );
      });
    });
  });

  describe('SteadyAddInto', () => {
    it('refuses another size, before it writes', () => {
      tf.tidy(() => {
        const sum = tf.zeros([600]);
        expect(() => call('SteadyAddInto', { sum, x: tf.ones([599]) })).toThrow(
          'SteadyAddInto x: received 599 elements, allowed 600, the size of the sum.',
        );
        expect(tf.max(sum).dataSync()[0]).toBe(0);
      });
    });
  });
});
