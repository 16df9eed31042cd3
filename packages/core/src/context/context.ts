import type * as tf from '@tensorflow/tfjs';
import type { RandomStream, StreamLabel } from '../random/random';
import type { Place } from '../residual/place';
import { pathOf } from '../state/module';
import type { KeyValueCache } from './cache';

/**
 * All that a forward call depends on beside its input and the weights. Nothing is hidden in modules: the same
 * input, weights and context give the same output.
 */
export interface Context {
  /** Dropout and stochastic depth act only where true. */
  readonly training?: boolean;
  /** The stream dropout and stochastic depth draw from; required where training with a rate above 0. */
  readonly random?: RandomStream;
  /** Where true, stochastic depth skips no branch even in training, as profiling needs. */
  readonly everyBranch?: boolean;
  /** Where the call is, a dotted path: names probes' events, cache slots and random streams. */
  readonly path?: string;
  /** Added to the self-attention scores: 0 where attention is allowed, very negative where not. [B, 1, 1 | T, T] */
  readonly mask?: tf.Tensor4D;
  /** What cross-attention reads, such as the encoder's output: [B, S, D]. */
  readonly memory?: tf.Tensor3D;
  /** As `mask`, for cross-attention: [B, 1, 1 | T, S]. */
  readonly memoryMask?: tf.Tensor4D;
  /**
   * Which row of `memory` and `memoryMask` each row of the input reads: hypotheses of one sentence share it. Default: its
   * own.
   */
  readonly memoryRows?: readonly number[];
  /** Outputs of other stacks by name, for sub-layers that say which one they read: it becomes their `memory`. */
  readonly memories?: Readonly<Record<string, StackMemory>>;
  /** What an earlier branch of the stack has handed on, where the residual shows it (`StreamPlan`): [B, T, any] */
  readonly handed?: tf.Tensor3D | undefined;
  /** Keys and values of the positions decoded so far; grows with every call. */
  readonly cache?: KeyValueCache;
  /**
   * Where true and `lossAndGradient` takes the gradient, a sub-layer keeps its input and what its join keeps for the
   * backward pass, and computes its branch again there: less memory for more time, with the same gradients to the bit. Probes see the
   * forward pass alone; a sub-layer whose scale a probe sets is not computed again. Default false.
   */
  readonly checkpointing?: boolean;
  /** Watches every residual. */
  readonly probe?: Probe;
  /** 1 at the real tokens of the stream, 0 at its pads, [B, T]: for `join` and `attention` of probes. Absent: unknown. */
  readonly realTokens?: tf.Tensor2D;
  /** The branch that is called. Layers inside it find their own name in its tree: see `within`. */
  readonly branch?: object;
}

/** What leaves a stack, for others to read. */
export interface StackMemory {
  /** [B, S, D] */
  readonly memory: tf.Tensor3D;
  /** [B, 1, 1, S]: 0 at real tokens, very negative at pads. Absent: all are real. */
  readonly memoryMask?: tf.Tensor4D;
}

/** The context of a child: the path and the random stream both grow by `label`. */
export const scope = (context: Context, label: StreamLabel): Context => ({
  ...context,
  path: context.path ? `${context.path}.${label}` : `${label}`,
  ...(context.random ? { random: context.random.fork(label) } : {}),
});

/**
 * The context of a branch: a random stream of its own beside those of its residual's dropout and stochastic depth, under
 * the sub-layer's path.
 */
export const branchScope = (context: Context, branch: object): Context => ({
  ...context,
  branch,
  ...(context.random ? { random: context.random.fork('branch') } : {}),
});

/**
 * The context of a layer inside a branch, scoped by the layer's path in the branch's tree: two attentions of one branch
 * have their own cache slot and their own random stream, also where the branch hands its context on as it came. A layer
 * that is the branch itself, or lies in none, keeps the context.
 */
export const within = (context: Context, layer: object): Context => {
  const { branch } = context;
  const path = branch && branch !== layer ? pathOf(branch, layer) : undefined;
  return path === undefined ? context : scope(context, path);
};

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
  /** shortcut * omega + branch, and other streams where there are several, before any norm. [B, T, D] */
  readonly sum: tf.Tensor3D;
  /** What the next sub-layer receives. [B, T, D] */
  readonly output: tf.Tensor3D;
  /** Of a residual with several streams. What stands above is then of the first stream that the branch writes to. */
  readonly wires?: WiresEvent;
}

/** The streams of a residual that has several, in the words of `StreamPlan`. Weights are numbers, or [1] or [B, T, 1]. */
export interface WiresEvent {
  /** x_j, [B, T, D] each. */
  readonly before: readonly tf.Tensor3D[];
  /** M_j(x_j). */
  readonly carried: readonly tf.Tensor3D[];
  /** u, what the branch reads. */
  readonly read: tf.Tensor3D;
  /** B. */
  readonly carry: readonly (readonly (number | tf.Tensor)[])[];
  /** c. */
  readonly write: readonly (number | tf.Tensor)[];
  /** Before their norms, and x'_i. */
  readonly sums: readonly tf.Tensor3D[];
  readonly behind: readonly tf.Tensor3D[];
}

/** What an attention looked at. */
export interface AttentionEvent {
  readonly path: string;
  /** What the attention was called with. */
  readonly context: Context;
  /** What the softmax is taken of: scaled, biased and masked, `MASKED` or less where a key is hidden. [B, H, Tq, Tk] */
  readonly scores: tf.Tensor4D;
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
  /**
   * Whether the branch of the sub-layer at this path is left out of the call: it is not computed, nothing is added and no
   * other hook is called; scale and norm of the shortcut stay.
   */
  leavesOut?(path: string): boolean;
  /** After the join. */
  join?(event: JoinEvent): void;
  /** At every attention, with its weights, which are computed only where asked for. */
  attention?(event: AttentionEvent): void;
}
