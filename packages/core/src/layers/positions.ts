import * as tf from '@tensorflow/tfjs';

/**
 * Sinusoidal position vectors in the authors' (fairseq's) layout: first half sines, second half cosines,
 * wavelengths from 2 pi to 10000 * 2 pi; row t is position `offset` + t. Returns [length, width].
 */
export const sinusoidalPositions = (length: number, width: number, offset = 0): tf.Tensor2D => {
  const half = Math.floor(width / 2);
  const step = half > 1 ? Math.log(10000) / (half - 1) : 0;
  const table = new Float32Array(length * width);
  for (let t = 0; t < length; t++) {
    for (let i = 0; i < half; i++) {
      const angle = (t + offset) * Math.exp(-i * step);
      table[t * width + i] = Math.sin(angle);
      table[t * width + half + i] = Math.cos(angle);
    }
  }
  return tf.tensor2d(table, [length, width]);
};
