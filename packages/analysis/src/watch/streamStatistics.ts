import * as tf from '@tensorflow/tfjs';

/**
 * Three numbers of a stream x [B, T, D] over its real tokens (a mask [B, T], all without one), [3]:
 *
 * - token correlation: the mean of cos(x_s, x_t) = x_s . x_t / (|x_s| |x_t|) over pairs s != t of one sentence; 0 where
 *   there is none. With u = x / |x| the sum over a sentence's pairs is |sum u|^2 - n. At 1 all tokens are one: rank
 *   collapse (Dong et al. 2021; its correlation as in Noci et al. 2022).
 * - kurtosis: of each feature, mean x^4 / (mean x^2)^2 over tokens; its mean over the features. 3 of a Gaussian, the number
 *   of tokens where one of them has it all (Pearson's, uncentred; of Transformers: Elhage et al. 2023).
 * - outlier features: the same over features: with s_d = mean x_d^2 over tokens, mean s_d^2 / (mean s_d)^2. 1 where all
 *   features are of one size, D where one of them has it all (He et al. 2024).
 *
 * @see https://arxiv.org/abs/2103.03404
 * @see https://arxiv.org/abs/2206.03126
 * @see https://transformer-circuits.pub/2023/privileged-basis/index.html
 * @see https://arxiv.org/abs/2405.19279
 */
export const streamStatistics = (x: tf.Tensor3D, mask?: tf.Tensor2D): tf.Tensor1D =>
  tf.tidy(() => {
    const [batch, time, width] = x.shape;
    const real = mask ?? tf.ones<tf.Rank.R2>([batch, time]);
    const squares = tf.square(x);
    const lengths = tf.sqrt(tf.sum(squares, 2)); // [B, T]
    const shares = tf.reshape<tf.Rank.R3>(tf.div(real, tf.maximum(lengths, 1e-30)), [batch, 1, time]);
    const sums = tf.matMul(shares, x); // [B, 1, D]
    const counts = tf.sum(real, 1); // [B]
    const pairs = tf.sum(tf.mul(counts, tf.sub(counts, 1)));
    const cosines = tf.sub(tf.sum(tf.square(sums)), tf.sum(counts));

    const weights = tf.reshape<tf.Rank.R2>(tf.div(real, tf.sum(counts)), [1, batch * time]);
    const rows = tf.reshape<tf.Rank.R2>(squares, [batch * time, width]);
    const second = tf.matMul(weights, rows); // [1, D]
    const fourth = tf.matMul(weights, tf.square(rows)); // [1, D]
    const squared = tf.square(second);
    return tf.stack([
      tf.div(cosines, tf.maximum(pairs, 1)),
      tf.mean(tf.div(fourth, tf.maximum(squared, 1e-37))),
      tf.div(tf.mean(squared), tf.maximum(tf.square(tf.mean(second)), 1e-37)),
    ]) as tf.Tensor1D;
  });
