import * as tf from '@tensorflow/tfjs';
import { differentiable } from './differentiable';
import { byRows, matMulTransposeA, matMulTransposeB } from './products';

/** Logits against an embedding table: x [..., D], table [V, D]: x table^T [..., V]. */
export const unembed = <R extends tf.Rank>(x: tf.Tensor<R>, table: tf.Tensor2D): tf.Tensor<R> =>
  byRows(x, (rows) =>
    differentiable<tf.Tensor2D>(
      [rows, table],
      (save) => {
        save([rows, table]);
        return matMulTransposeB(rows, table);
      },
      (dy, [savedRows, savedTable]) => [
        tf.matMul(dy, savedTable as tf.Tensor2D),
        matMulTransposeA(dy, savedRows as tf.Tensor2D),
      ],
    ),
  );
