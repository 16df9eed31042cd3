import type * as tf from '@tensorflow/tfjs';
import { checkIterable } from '../checks/arguments';
import { check } from '../checks/errors';
import { type Context, scope } from '../context/context';
import type { Stack } from '../residual/stack';
import { Module } from '../state/module';

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
 *
 * @throws SteadyformerError on what is no stack
 */
export const asStacked = (stack: Stack): Stacked<tf.Tensor3D> => {
  check(typeof stack?.subLayers === 'function', 'asStacked()', stack, 'a Stack');
  return new StackAlone(stack);
};

/** Throws unless it is what `Stacked` says. `where` is what takes it. */
export const checkStacked = <Batch>(where: string, model: Stacked<Batch>): void => {
  // A model may have both from its prototype alone, as a class without fields has.
  const { stacks, call } = Object(model) as Partial<Stacked<Batch>>;
  const valid = typeof stacks === 'function' && typeof call === 'function';
  const next = 'subLayers' in Object(model) ? 'Give asStacked(stack).' : undefined;
  const allowed = 'a model, such as transformer(...), or your own with stacks() and call(batch, context)';
  check(valid, `${where} model`, model, allowed, next);
};

/** Throws unless they are a list of batches. `where` is what takes them. */
export const checkBatches = (where: string, batches: Iterable<unknown>): void =>
  checkIterable(`${where} batches`, batches, 'a list of batches', 'Put one batch in a list: [batch].');
