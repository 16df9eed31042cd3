import * as tf from '@tensorflow/tfjs';
import { differentiable } from './differentiable';
import { gelu, geluSlope } from './gelu';
import { byRows } from './products';

/** What a gate passes its half through. */
export type Gate = 'sigmoid' | 'relu' | 'gelu' | 'swish';

interface Pointwise {
  readonly value: (x: tf.Tensor2D) => tf.Tensor2D;
  readonly slope: (x: tf.Tensor2D) => tf.Tensor2D;
}

const swishSlope = (x: tf.Tensor2D): tf.Tensor2D => {
  const s = tf.sigmoid(x);
  return tf.mul(s, tf.add(1, tf.mul(x, tf.sub(1, s))));
};

const sigmoidSlope = (x: tf.Tensor2D): tf.Tensor2D => {
  const s = tf.sigmoid(x);
  return tf.mul(s, tf.sub(1, s));
};

export const gates: Readonly<Record<Gate, Pointwise>> = {
  sigmoid: { value: tf.sigmoid, slope: sigmoidSlope },
  relu: { value: tf.relu, slope: (x) => tf.step(x) },
  gelu: { value: gelu, slope: geluSlope },
  swish: { value: (x) => tf.mul(x, tf.sigmoid(x)), slope: swishSlope },
};

/** x sigmoid(x) (Ramachandran et al. 2017, beta = 1). x [..., N]: as x. */
export const swish = <R extends tf.Rank>(x: tf.Tensor<R>): tf.Tensor<R> =>
  byRows(x, (rows) =>
    differentiable<tf.Tensor2D>(
      [rows],
      (save) => {
        save([rows]);
        return gates.swish.value(rows);
      },
      (dy, [saved]) => [tf.mul(dy, swishSlope(saved as tf.Tensor2D))],
    ),
  );

/**
 * Gated linear units, act(a) (.) b where a is the first and b the second half of x (Shazeer 2020, eq. 5).
 * x [..., 2 N]: [..., N]
 */
export const gated = <R extends tf.Rank>(x: tf.Tensor<R>, gate: Gate): tf.Tensor<R> => {
  const { value, slope } = gates[gate];
  const halves = (rows: tf.Tensor): tf.Tensor2D[] => tf.split(rows as tf.Tensor2D, 2, 1);
  return byRows(x, (rows) =>
    differentiable<tf.Tensor2D>(
      [rows],
      (save) => {
        save([rows]);
        const [a, b] = halves(rows);
        return tf.mul(value(a!), b!);
      },
      (dy, [saved]) => {
        const [a, b] = halves(saved!);
        return [tf.concat([tf.mul(tf.mul(dy, b!), slope(a!)), tf.mul(dy, value(a!))], 1)];
      },
    ),
  );
};
