import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { maxError, noise, read } from '../../testing/numbers';
import { composedEmbeddingGrad, embedding } from './embedding';

const V = 5;
const D = 3;
/** Row 4 never occurs, row 2 three times. */
const IDS = [2, 0, 2, 1, 3, 2];

onBackends((backend) => {
  describe('embedding', () => {
    it('looks rows up; its gradient adds what falls on one row', () => {
      const ids = tf.tensor2d(IDS, [2, 3], 'int32');
      checkOp({
        inputs: [{ shape: [V, D], data: noise(V * D, 1) }],
        op: (table) => embedding(ids, table as tf.Tensor2D),
        formula: (table) => IDS.flatMap((id) => table!.slice(id * D, (id + 1) * D)),
        // The wasm backend has no kernel for tfjs's own gradient.
        ...(backend === 'cpu' ? { plain: (table) => tf.gather(table!, ids) } : {}),
      });
      ids.dispose();
    });

    it.each([-1, V])('refuses id %d', (id) => {
      const ids = tf.tensor2d([0, id], [1, 2], 'int32');
      const table: tf.Tensor2D = tf.ones([V, D]);
      expect(() => embedding(ids, table)).toThrow(`${id}`);
      tf.dispose([ids, table]);
    });
  });
});

describe('the gradient on a device, whose tensors are not read', () => {
  it.each([
    ['at once', 5, 3],
    ['a part of the rows at a time', 2 ** 20, 20],
  ])('is the same sum as a product, %s', async (_, vocabulary, count) => {
    await tf.setBackend('cpu');
    const backend = tf.backend() as { steadyCapabilities?: object };
    const ids = tf.tensor1d(
      Array.from({ length: count }, (_, m) => (m * m) % 3),
      'int32',
    );
    const dy = tf.tensor2d(noise(2 * count, 4), [count, 2]);
    const gradient = (): number[] => {
      const [sum] = composedEmbeddingGrad({ dy, ids }, { vocabulary });
      const first = tf.tidy(() => read(tf.slice(sum!, [0, 0], [3, 2])));
      expect(sum!.shape).toEqual([vocabulary, 2]);
      sum!.dispose();
      return first;
    };
    const expected = gradient();
    backend.steadyCapabilities = { hostMemory: false };
    try {
      const before = tf.memory().numTensors;
      expect(maxError(gradient(), expected)).toBeLessThan(1e-6);
      expect(tf.memory().numTensors).toBe(before);
    } finally {
      delete backend.steadyCapabilities;
    }
    tf.dispose([ids, dy]);
  });
});
