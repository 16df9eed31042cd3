import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBothKernels } from './testing';

/** Products that are computed as they are, of a copy, and flipped. */
const SIZES = [
  [3, 5, 7],
  [300, 160, 128],
  [130, 2048, 16],
  [0, 3, 2],
  [2, 0, 3],
] as const;

type Inputs = Record<string, tf.Tensor>;

const gradients = (inputs: Inputs, activation: string): tf.Tensor[] =>
  tf.engine().runKernel('SteadyLinearGrad', inputs, { activation, bias: true }) as unknown as tf.Tensor[];

describe('SteadyLinearGrad into memory of the caller', () => {
  onBothKernels(() => {
    for (const [rows, inner, columns] of SIZES) {
      it.each(['none', 'relu', 'gelu'])(
        `writes there what it gives without: ${rows}x${inner}x${columns} %s`,
        (activation) => {
          const size = inner * columns;
          const memory = new Float32Array(new SharedArrayBuffer(4 * (size + 32))).fill(9);
          tf.tidy(() => {
            const drawn = (shape: [number, number], seed: number): tf.Tensor =>
              tf.randomNormal(shape, 0, 1, 'float32', seed);
            const inputs: Inputs = {
              dy: drawn([rows, columns], 1),
              x: drawn([rows, inner], 2),
              weight: drawn([inner, columns], 3),
              ...(activation === 'none' ? {} : { saved: drawn([rows, columns], 4) }),
            };
            const plain = gradients(inputs, activation).map((each) => Array.from(each.dataSync()));
            const into = tf.tensor2d(memory.subarray(16, 16 + size), [inner, columns]);
            const [dx, dWeight, dBias] = gradients({ ...inputs, into }, activation);
            const empty = rows * size === 0;
            expect(dWeight!.shape).toEqual(empty ? [inner, columns] : [0]);
            if (!empty) expect(Array.from(memory.subarray(16, 16 + size))).toEqual(plain[1]);
            expect([dx, dBias].map((each) => Array.from(each!.dataSync()))).toEqual([plain[0], plain[2]]);
            expect([...memory.subarray(0, 16), ...memory.subarray(16 + size)]).toEqual(new Array(32).fill(9));
          });
        },
      );
    }

    it('refuses memory of another shape, and writes nothing', () => {
      tf.tidy(() => {
        const inputs = { dy: tf.ones([2, 3]), x: tf.ones([2, 4]), weight: tf.ones([4, 3]) };
        const into = tf.zeros([3, 4]);
        expect(() => gradients({ ...inputs, into }, 'none')).toThrow(
          'SteadyLinearGrad into: received float32 [3,4], allowed float32 [4,3].',
        );
        expect(Array.from(into.dataSync())).toEqual(new Array(12).fill(0));
      });
    });
  });
});
