import type * as tf from '@tensorflow/tfjs';
import type { KeyValueCache } from './cache';
import type { Probe } from './probe';
import type { RandomStream, StreamLabel } from './random';

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
  /** The encoder's output for cross-attention, [B, S, D]. */
  readonly memory?: tf.Tensor3D;
  /** As `mask`, for cross-attention: [B, 1, 1 | T, S]. */
  readonly memoryMask?: tf.Tensor4D;
  /** Keys and values of the positions decoded so far; grows with every call. */
  readonly cache?: KeyValueCache;
  /**
   * Where true and `lossAndGradient` takes the gradient, a sub-layer keeps only its input for the backward pass and
   * computes its inside again there: less memory for more time, with the same gradients to the bit. Probes see the
   * forward pass alone; a sub-layer whose scale a probe sets is not computed again. Default false.
   */
  readonly checkpointing?: boolean;
  /** Watches every residual. */
  readonly probe?: Probe;
}

/** The context of a child: the path and the random stream both grow by `label`. */
export const scope = (context: Context, label: StreamLabel): Context => ({
  ...context,
  path: context.path ? `${context.path}.${label}` : `${label}`,
  ...(context.random ? { random: context.random.fork(label) } : {}),
});
