import type * as tf from '@tensorflow/tfjs';
import type { Context } from '../context/context';
import type { Module } from '../state/module';

/** What becomes of the values of one self-attention before they are kept and attended. */
export interface ValueMix extends Module {
  /** Queries, keys and values with their norms, [B, T, (H + 2 G) Dh], the values in the last `groupWidth` columns: the same. */
  call(packed: tf.Tensor3D, groupWidth: number, context: Context): tf.Tensor3D;
  /** What own values, and those handed on, are multiplied by, for summaries: two. */
  numbers(): Promise<readonly number[]>;
}

/** A change of values, as an object: `firstValues()`. */
export interface ValueScheme {
  readonly name: string;
  readonly make: () => ValueMix;
}
