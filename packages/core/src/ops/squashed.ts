import * as tf from '@tensorflow/tfjs';
import { differentiable } from './differentiable';
import { byRows, sumRows } from './products';

/** A bounded function of one number. */
export interface Squash {
  readonly value: (u: tf.Tensor2D) => tf.Tensor2D;
  /** Its derivative at u, where its value is v. */
  readonly slope: (u: tf.Tensor2D, v: tf.Tensor2D) => tf.Tensor2D;
}

export const tanhSquash: Squash = {
  value: tf.tanh,
  slope: (_, v) => tf.sub(1, tf.square(v)),
};

export const erfSquash: Squash = {
  value: tf.erf,
  slope: (u) => tf.mul(2 / Math.sqrt(Math.PI), tf.exp(tf.neg(tf.square(u)))),
};

/** Trained numbers of a squash that stands in place of a norm. */
export interface SquashWeights {
  /** gamma, [D] */
  readonly gain: tf.Tensor1D;
  /** beta, [D] */
  readonly bias: tf.Tensor1D;
  /** [1] */
  readonly alpha: tf.Tensor1D;
  /** s, [1] */
  readonly shift?: tf.Tensor1D | undefined;
}

/** gamma (.) f(alpha x + s) + beta, every number by itself. x [..., D]: as x. */
export const squashed = <R extends tf.Rank>(
  x: tf.Tensor<R>,
  { gain, bias, alpha, shift }: SquashWeights,
  { value, slope }: Squash,
): tf.Tensor<R> =>
  byRows(x, (rows) =>
    differentiable<tf.Tensor2D>(
      [rows, gain, bias, alpha, ...(shift ? [shift] : [])],
      (save) => {
        const scaled = tf.mul<tf.Tensor2D>(rows, alpha);
        const u = shift ? tf.add<tf.Tensor2D>(scaled, shift) : scaled;
        const v = value(u);
        save([rows, u, v, gain, alpha]);
        return tf.add(tf.mul(v, gain), bias);
      },
      (dy, saved) => {
        const [own, u, v, savedGain, savedAlpha] = saved as [
          ...[tf.Tensor2D, tf.Tensor2D, tf.Tensor2D],
          ...[tf.Tensor1D, tf.Tensor1D],
        ];
        const du = tf.mul<tf.Tensor2D>(tf.mul(dy, savedGain), slope(u, v));
        const total = (t: tf.Tensor): tf.Tensor => tf.reshape(tf.sum(t), [1]);
        return [
          tf.mul(du, savedAlpha),
          sumRows(tf.mul(dy, v)),
          sumRows(dy),
          total(tf.mul(du, own)),
          ...(shift ? [total(du)] : []),
        ];
      },
    ),
  );
