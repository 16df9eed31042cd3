import * as tf from '@tensorflow/tfjs';
import { constantParameter, type Parameter } from '../state/module';
import type { Linear } from './linear';
import { type Norm, type NormSpec, normOf } from './norm';

/** What may stand between the heads and the output projection. */
export interface AttentionOutputOptions {
  /** One trained scalar a head, 1 at the start (NormFormer). Default false. */
  readonly headScale?: boolean;
  /** A norm of the joined heads just before the output projection (Sub-LN). Default none. */
  readonly innerNorm?: NormSpec;
}

/** The parts that the options ask for, as fields of an attention layer. */
export interface AttentionOutputParts {
  /** [H] */
  readonly headScale?: Parameter<tf.Rank.R1> | undefined;
  readonly innerNorm?: Norm | undefined;
}

export const attentionOutputParts = (
  { headScale = false, innerNorm }: AttentionOutputOptions,
  heads: number,
  width: number,
): AttentionOutputParts => ({
  headScale: headScale ? constantParameter([heads], 1) : undefined,
  innerNorm: innerNorm && normOf(innerNorm, width),
});

/** Joined heads [B, T, H Dh] through head scale, inner norm and output projection: [B, T, D] */
export const attentionOutput = (
  heads: tf.Tensor3D,
  { headScale, innerNorm, output }: AttentionOutputParts & { readonly output: Linear },
): tf.Tensor3D => {
  const scaled = headScale ? scaleHeads(heads, headScale.value) : heads;
  return output.call(innerNorm?.call(scaled) ?? scaled);
};

const scaleHeads = (x: tf.Tensor3D, scale: tf.Tensor1D): tf.Tensor3D => {
  const [batch, time, width] = x.shape;
  const heads = scale.shape[0];
  const split = tf.reshape(x, [batch, time, heads, width / heads]);
  return tf.reshape(tf.mul(split, tf.reshape(scale, [heads, 1])), x.shape);
};
