import * as tf from '@tensorflow/tfjs';
import { type Norm, type NormSpec, normOf } from './norm';

/** Norms of every head's queries, keys and values over their Dh features, one for all heads. */
export interface HeadNormOptions {
  /** Of queries and of keys, before positions turn them: QK-norm (Henry et al. 2020). Default none. */
  readonly queryKeyNorm?: NormSpec | undefined;
  /** Of values: with the other QKV-norm (HybridNorm, Zhuo et al. 2025). Default none. */
  readonly valueNorm?: NormSpec | undefined;
}

/** The norms that the options ask for, as fields of an attention layer. */
export interface HeadNorms {
  readonly queryNorm?: Norm | undefined;
  readonly keyNorm?: Norm | undefined;
  readonly valueNorm?: Norm | undefined;
}

export const headNorms = ({ queryKeyNorm, valueNorm }: HeadNormOptions, headWidth: number): HeadNorms => ({
  queryNorm: queryKeyNorm && normOf(queryKeyNorm, headWidth),
  keyNorm: queryKeyNorm && normOf(queryKeyNorm, headWidth),
  valueNorm: valueNorm && normOf(valueNorm, headWidth),
});

/** So many heads, side by side, and the norm of each. */
export interface NormedHeads {
  readonly heads: number;
  readonly norm: Norm | undefined;
}

/** The heads of x [B, T, n Dh], each normed over its features, where any is: as x. */
export const withNorms = (x: tf.Tensor3D, parts: readonly NormedHeads[], headWidth: number): tf.Tensor3D => {
  if (parts.every(({ norm }) => !norm)) return x;
  const [batch, time] = x.shape;
  const sizes = parts.map(({ heads }) => heads * headWidth);
  // tfjs has no gradient of a split into one.
  const split = parts.length === 1 ? [x] : tf.split<tf.Tensor3D>(x, sizes, 2);
  const normed = split.map((part, i): tf.Tensor3D => {
    const { heads, norm } = parts[i]!;
    if (!norm) return part;
    const rows = norm.call(tf.reshape(part, [batch, time * heads, headWidth]));
    return tf.reshape(rows, part.shape);
  });
  return tf.concat(normed, 2);
};
