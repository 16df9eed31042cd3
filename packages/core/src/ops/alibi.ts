import * as tf from '@tensorflow/tfjs';

/**
 * The slope of every head (Press et al. 2022, section 3): 2^(-8 h / H) for h = 1 .. H where H is a power of two;
 * else those of the power below, and every other one of twice that power, as in the authors' code.
 */
export const alibiSlopes = (heads: number): number[] => {
  const below = 2 ** Math.floor(Math.log2(heads));
  const geometric = (count: number): number[] =>
    Array.from({ length: count }, (_, h) => 2 ** ((-8 * (h + 1)) / count));
  const between = geometric(2 * below).filter((_, h) => h % 2 === 0);
  return [...geometric(below), ...between.slice(0, heads - below)];
};

/**
 * Attention with linear biases: minus the slope times the distance of query i, at position i + Tk - Tq, from key j.
 * What lies ahead is as far as what lies behind. [1, H, Tq, Tk]
 */
export const alibiBias = (heads: number, queries: number, keys: number): tf.Tensor4D => {
  const values = new Float32Array(heads * queries * keys);
  for (const [h, slope] of alibiSlopes(heads).entries()) {
    for (let i = 0; i < queries; i++) {
      for (let j = 0; j < keys; j++) {
        values[(h * queries + i) * keys + j] = -slope * Math.abs(i + keys - queries - j);
      }
    }
  }
  return tf.tensor4d(values, [1, heads, queries, keys]);
};
