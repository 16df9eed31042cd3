import * as tf from '@tensorflow/tfjs';
import { differentiable } from './differentiable';
import { gelu, geluSlope } from './gelu';
import { flatten2d } from './products';

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
  tf.tidy(() => {
    const y = differentiable<tf.Tensor2D>(
      [flatten2d(x)],
      (save) => {
        const rows = flatten2d(x);
        save([rows]);
        return gates.swish.value(rows);
      },
      (dy, [rows]) => [tf.mul(dy, swishSlope(rows as tf.Tensor2D))],
    );
    return tf.reshape(y, x.shape);
  });

/**
 * Gated linear units, act(a) (.) b where a is the first and b the second half of x (Shazeer 2020, eq. 5).
 * x [..., 2 N]: [..., N]
 */
export const gated = <R extends tf.Rank>(x: tf.Tensor<R>, gate: Gate): tf.Tensor<R> =>
  tf.tidy(() => {
    const { value, slope } = gates[gate];
    const columns = x.shape[x.rank - 1]! / 2;
    const shape = [...x.shape.slice(0, -1), columns] as tf.ShapeMap[R];
    const y = differentiable<tf.Tensor2D>(
      [flatten2d(x)],
      (save) => {
        const rows = flatten2d(x);
        save([rows]);
        const [a, b] = tf.split<tf.Tensor2D>(rows, 2, 1);
        return tf.mul(value(a!), b!);
      },
      (dy, [rows]) => {
        const [a, b] = tf.split<tf.Tensor2D>(rows as tf.Tensor2D, 2, 1);
        return [tf.concat([tf.mul(tf.mul(dy, b!), slope(a!)), tf.mul(dy, value(a!))], 1)];
      },
    );
    return tf.reshape(y, shape);
  });
