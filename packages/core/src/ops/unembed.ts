import * as tf from '@tensorflow/tfjs';
import { differentiable } from './differentiable';
import { fixedLinear } from './fixedLinear';
import { byRows, matMulTransposeA, matMulTransposeB } from './products';

/** Logits against an embedding table: x [..., D], table [V, D]: x table^T [..., V]. */
export const unembed = <R extends tf.Rank>(x: tf.Tensor<R>, table: tf.Tensor2D): tf.Tensor<R> =>
  fixedLinear<R>({ x, weight: table }, { activation: 'none', transposed: true }) ??
  byRows(x, (rows) => product(rows, table));

const product = (rows: tf.Tensor2D, table: tf.Tensor2D): tf.Tensor2D =>
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
  );
