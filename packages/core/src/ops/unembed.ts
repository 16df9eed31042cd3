import * as tf from '@tensorflow/tfjs';
import { differentiable } from './differentiable';
import { flatten2d, matMulTransposeA, matMulTransposeB } from './products';

/** Logits against an embedding table: x [..., D], table [V, D]: x table^T [..., V]. */
export const unembed = <R extends tf.Rank>(x: tf.Tensor<R>, table: tf.Tensor2D): tf.Tensor<R> => {
  const shape = [...x.shape.slice(0, -1), table.shape[0]] as tf.ShapeMap[R];
  return tf.tidy(() => {
    const logits = differentiable<tf.Tensor2D>(
      [flatten2d(x), table],
      (save) => {
        const rows = flatten2d(x);
        save([rows, table]);
        return matMulTransposeB(rows, table);
      },
      (dy, [rows, savedTable]) => [
        tf.matMul(dy, savedTable as tf.Tensor2D),
        matMulTransposeA(dy, rows as tf.Tensor2D),
      ],
    );
    return tf.reshape(logits, shape);
  });
};
