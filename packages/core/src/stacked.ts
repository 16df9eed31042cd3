import type * as tf from '@tensorflow/tfjs';
import { type Context, scope } from './context';
import { Module } from './module';
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

/** A stack alone as a model of streams. */
class StackAlone extends Module implements Stacked<tf.Tensor3D> {
  constructor(readonly stack: Stack) {
    super();
  }

  stacks(): Readonly<Record<string, Stack>> {
    return { stack: this.stack };
  }

  call(x: tf.Tensor3D, context: Context = {}): tf.Tensor3D {
    return this.stack.call(x, scope(context, 'stack'));
  }
}

/**
 * A bare stack, such as the `module` of an `asLayer` layer, as what profiling and analysis take: a model whose
 * batches are the streams [B, T, D] that enter the stack, all tokens real, with paths that read
 * `stack.layers.3.feedForward`. Its weights are the stack's own.
 */
export const asStacked = (stack: Stack): Stacked<tf.Tensor3D> => new StackAlone(stack);
