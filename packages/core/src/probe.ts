import type * as tf from '@tensorflow/tfjs';
import type { Context } from './context';
import type { Place } from './residual/place';

/**
 * What a residual shows before its two streams are joined. Tensors live until the hook returns. A branch that
 * stochastic depth skips shows nothing.
 */
export interface BranchEvent {
  readonly path: string;
  readonly place: Place;
  /** What the sub-layer was called with. */
  readonly context: Context;
  /** The stream that skips the branch, before its scale. [B, T, D] */
  readonly shortcut: tf.Tensor3D;
  /** The branch's output with its dropout and scale, and the factor of stochastic depth. [B, T, D] */
  readonly branch: tf.Tensor3D;
}

/** What a residual shows once joined. */
export interface JoinEvent extends BranchEvent {
  /** shortcut * omega + branch, before any norm. [B, T, D] */
  readonly sum: tf.Tensor3D;
  /** What the next sub-layer receives. [B, T, D] */
  readonly output: tf.Tensor3D;
}

/** What an attention looked at. */
export interface AttentionEvent {
  readonly path: string;
  /** The probabilities before their dropout; rows sum to 1. [B, H, Tq, Tk] */
  readonly weights: tf.Tensor4D;
}

/**
 * A watcher of every residual of a model, by path. Hooks run inside the forward call, in order, and may compute
 * with the tensors (keep what outlives the hook). Costs nothing where absent.
 */
export interface Probe {
  /**
   * Before the join. May return the shortcut scale to use for this call in place of the model's own
   * (a scalar or [D]), which is how profiling sets omega on the fly.
   */
  branch?(event: BranchEvent): { readonly shortcutScale: tf.Tensor } | undefined;
  /** After the join. */
  join?(event: JoinEvent): void;
  /** At every attention, with its weights, which are computed only where asked for. */
  attention?(event: AttentionEvent): void;
}
