import * as tf from '@tensorflow/tfjs';

const SCALE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** tanh(sqrt(2 / pi) (x + 0.044715 x^3)) */
const geluTanh = (x: tf.Tensor2D): tf.Tensor2D =>
  tf.tanh(tf.mul<tf.Tensor2D>(SCALE, tf.mul(x, tf.add(1, tf.mul(CUBIC, tf.square(x))))));

/** gelu in its tanh form (Hendrycks and Gimpel 2016). */
export const gelu = (x: tf.Tensor2D): tf.Tensor2D =>
  tf.mul<tf.Tensor2D>(tf.mul(0.5, x), tf.add(1, geluTanh(x)));

/** d gelu / dx */
export const geluSlope = (x: tf.Tensor2D): tf.Tensor2D => {
  const t = geluTanh(x);
  const inner = tf.mul(SCALE, tf.add(1, tf.mul(3 * CUBIC, tf.square(x))));
  const tail = tf.mul(tf.mul(0.5, x), tf.mul(tf.sub(1, tf.square(t)), inner));
  return tf.add(tf.mul(0.5, tf.add(1, t)), tail);
};
