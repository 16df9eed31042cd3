import * as tf from '@tensorflow/tfjs';
import { differentiable } from './differentiable';

/** Cosines and sines of the angles (start + t) base^(-i / (Dh / 2)), [T, 1, Dh / 2] each. */
const angles = (time: number, half: number, start: number, base: number): [tf.Tensor3D, tf.Tensor3D] => {
  const values = Array.from({ length: time * half }, (_, at) => {
    const [t, i] = [Math.floor(at / half), at % half];
    return (start + t) * base ** (-i / half);
  });
  return [
    tf.tensor3d(values.map(Math.cos), [time, 1, half]),
    tf.tensor3d(values.map(Math.sin), [time, 1, half]),
  ];
};

/** Turns the pairs (i, i + Dh / 2) of every head by their position's angles, or back where direction is -1. */
const turned = (
  x: tf.Tensor3D,
  heads: number,
  start: number,
  base: number,
  direction: 1 | -1,
): tf.Tensor3D => {
  const [batch, time, width] = x.shape;
  const half = width / heads / 2;
  const [cosine, forwardSine] = angles(time, half, start, base);
  const sine = tf.mul(forwardSine, direction);
  const [a, b] = tf.split<tf.Tensor4D>(tf.reshape(x, [batch, time, heads, 2 * half]), 2, 3);
  const first = tf.sub<tf.Tensor4D>(tf.mul(a!, cosine), tf.mul(b!, sine));
  const second = tf.add<tf.Tensor4D>(tf.mul(b!, cosine), tf.mul(a!, sine));
  return tf.reshape(tf.concat([first, second], 3), x.shape);
};

/**
 * Rotary positions (Su et al. 2021, section 3.2.2), pairs laid out as halves of a head. x [B, T, n Dh] with Dh
 * even, its first row at position `start`: as x. The gradient turns back.
 */
export const rotary = (x: tf.Tensor3D, heads: number, start: number, base = 10000): tf.Tensor3D =>
  differentiable<tf.Tensor3D>(
    [x],
    () => turned(x, heads, start, base, 1),
    (dy) => [turned(dy, heads, start, base, -1)],
  );
