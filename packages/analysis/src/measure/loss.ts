import type { Context } from '@steadyformer/core';
import type * as tf from '@tensorflow/tfjs';

/** The loss of one batch, a scalar; passes the context on to the model's call. */
export type Loss<Batch> = (batch: Batch, context: Context) => tf.Scalar;
