import * as tf from '@tensorflow/tfjs';

/** How large the numbers of a tensor are; NaN or Infinity where one is. */
export interface Size {
  /** Mean of the absolute values: overflows only where they nearly do. */
  readonly mean: number;
  /** L2 norm. */
  readonly norm: number;
}

/** [mean of |x|, L2 norm] of a tensor of any shape: [2]. The norm is that of x / mean, times it, as squares overflow. */
export const measured = (x: tf.Tensor): tf.Tensor1D =>
  tf.tidy(() => {
    const mean = tf.mean<tf.Scalar>(tf.abs(x));
    const scale = tf.maximum<tf.Scalar>(mean, 1e-30);
    const norm = tf.mul(tf.sqrt(tf.sum(tf.square(tf.div(x, scale)))), scale);
    return tf.stack([mean, norm]) as tf.Tensor1D;
  });

/** Reads what `measured` gave, and disposes it. */
export const readSizes = async (tensors: readonly tf.Tensor[]): Promise<readonly Size[]> => {
  if (tensors.length === 0) return [];
  const numbers = await Promise.all(tensors.map(async (tensor) => tensor.data()));
  tf.dispose([...tensors]);
  return numbers.map(([mean, norm]) => ({
    mean: mean!,
    norm: Number.isNaN(mean) ? Number.NaN : sized(mean!, norm!),
  }));
};

/** An infinite number makes the scaled norm NaN, which says less. */
const sized = (mean: number, norm: number): number => (Number.isFinite(mean) ? norm : mean);
