import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { noise } from '../../testing/numbers';
import { embedding } from './embedding';

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
