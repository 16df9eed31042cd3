import * as tf from '@tensorflow/tfjs';
import { checkNumber } from '../checks/errors';
import { checkTensor } from '../checks/tensors';

/** Odd polynomials a x + b x^3 + c x^5 of singular values: steep at first, then flat at 1, to which all of them go. */
const STEPS: readonly (readonly [number, number, number])[] = [
  ...Array.from({ length: 6 }, () => [3, -3.2, 1.2] as const),
  ...Array.from({ length: 4 }, () => [15 / 8, -10 / 8, 3 / 8] as const),
];

const checkArguments = (where: string, x: tf.Tensor2D, bound: number): void => {
  checkTensor(`${where} matrix`, x, '[rows, columns]');
  checkNumber(`${where} bound`, bound, 'numbers > 0', (value) => value > 0 && Number.isFinite(value));
};

const frobenius = (x: tf.Tensor2D): tf.Tensor => tf.maximum(tf.sqrt(tf.sum(tf.square(x))), 1e-30);

/** U V^T of x = U S V^T by Newton-Schulz iterations; what is below some 1e-4 of the norm of x stays between 0 and 1. */
const polar = (x: tf.Tensor2D): tf.Tensor2D => {
  let y = tf.div<tf.Tensor2D>(x, frobenius(x));
  for (const [a, b, c] of STEPS) {
    const gram = tf.matMul(y, y, false, true); // [rows, rows]
    const even = tf.add<tf.Tensor2D>(tf.mul(gram, b), tf.mul(tf.matMul(gram, gram), c));
    y = tf.add(tf.mul(y, a), tf.matMul(even, y));
  }
  return y;
};

/** min(S, 1) in place of S, of no more rows than columns: min(s, 1) = (s + 1 - |s - 1|) / 2. */
const capped = (x: tf.Tensor2D): tf.Tensor2D => {
  const ones = polar(x);
  const over = tf.sub<tf.Tensor2D>(x, ones);
  const size = tf.matMul(tf.matMul(over, polar(over), false, true), ones); // U |S - 1| V^T
  return tf.mul(tf.sub(tf.add(x, ones), size), 0.5);
};

/**
 * The matrix [rows, columns] with singular values above the bound brought down to it, and the others as they are, by
 * Newton-Schulz iterations alone (Newhouse et al. 2025, section 3.2): to some thousandths of the bound. A new tensor of the
 * same shape; the work is some 60 products of it with itself.
 *
 * @see {@link https://arxiv.org/abs/2507.13338 | Newhouse et al. 2025, Training Transformers with Enforced Lipschitz Constants}
 */
export const spectralCap = (x: tf.Tensor2D, bound: number): tf.Tensor2D => {
  checkArguments('spectralCap()', x, bound);
  return tf.tidy(() => {
    const tall = x.shape[0] > x.shape[1];
    const scaled = tf.div<tf.Tensor2D>(tall ? tf.transpose(x) : x, bound);
    const result = tf.mul<tf.Tensor2D>(capped(scaled), bound);
    return tall ? tf.transpose(result) : result;
  });
};

/**
 * The matrix [rows, columns] divided by its largest singular value over the bound, where that is above it; from power
 * iterations, each a product with a vector or two. They find a value that is a little too small where the next one is close.
 * A new tensor of the same shape.
 */
export const spectralNormalize = (x: tf.Tensor2D, bound: number, iterations = 20): tf.Tensor2D => {
  checkArguments('spectralNormalize()', x, bound);
  return tf.tidy(() => {
    // The same start every time, along no axis.
    let vector: tf.Tensor2D = tf.reshape<tf.Rank.R2>(tf.sin(tf.range(1, x.shape[1] + 1)), [x.shape[1], 1]);
    for (let i = 0; i < iterations; i++) {
      const next: tf.Tensor2D = tf.matMul(x, tf.matMul(x, vector), true); // x^T x v
      vector = tf.div<tf.Tensor2D>(next, frobenius(next));
    }
    const largest = frobenius(tf.matMul(x, vector));
    return tf.div(x, tf.maximum(tf.div(largest, bound), 1));
  });
};
