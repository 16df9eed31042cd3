import type * as tf from '@tensorflow/tfjs';
import type { Context } from './context';
import type { Module } from './module';
import type { Stack } from './stack';

/**
 * What profiling and analysis need of a model: its stacks by path, a forward call on one batch, and which tokens
 * are real. `Transformer` is one; a user's own model becomes one by these members.
 */
export interface Stacked<Batch> extends Module {
  /** Stacks of residual sub-layers by their dotted path; a call runs them under that path. */
  stacks(): Readonly<Record<string, Stack>>;
  call(batch: Batch, context?: Context): tf.Tensor;
  /** 1 at real tokens, 0 at pads, [B, T] for each stack. Absent: all are real. The caller disposes them. */
  tokenMasks?(batch: Batch): Readonly<Record<string, tf.Tensor2D>>;
}
