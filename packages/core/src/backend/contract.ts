import type * as tf from '@tensorflow/tfjs';
import type {
  Activation,
  AdamStepAttrs,
  AttentionAttrs,
  AttentionStepAttrs,
  FixedLinearAttrs,
} from './attributes';

/**
 * The fused kernels that core's ops ask the active backend for, by name. A backend offers any groups of them
 * (`KERNEL_GROUPS` below) by registering them with `tf.registerKernel`; every op composes plain tf ops where a group is
 * missing, with the same numbers. This list is the whole contract: M rows, K inputs, N outputs, D width, V vocabulary,
 * B batch, T time (Tq queries, Tk keys), H heads of Dh each, G heads of keys and values. `@steadyformer/core/testing`
 * holds a backend to it.
 *
 * Tensors are float32 unless said otherwise. `?` marks inputs that may be absent. Kernels leave their inputs
 * as they are; those marked "in place" write into the memory of the inputs named. What was read of such a tensor before
 * (`data`, `dataSync`), and clones, reshaped forms and slices made of it since a SteadyView or an in-place kernel first
 * took it, keep their values. What backends can beside kernels they state as `capabilities.ts` says.
 */
export interface FusedKernels {
  /** y = act(x W + b). Outputs [y], and for gelu (tanh form) [y, x W + b]. */
  SteadyLinear: {
    inputs: {
      x: tf.Tensor2D /* [M, K] */;
      weight: tf.Tensor2D /* [K, N] */;
      bias?: tf.Tensor1D | undefined /* [N] */;
    };
    attrs: { activation: Activation };
    outputs: readonly ['y [M, N]', 'preactivation? [M, N]'];
  };
  /**
   * Gradients of SteadyLinear. `saved` is y for relu, the pre-activation for gelu. Where `into` is given, dWeight may be
   * written there, in place, and an empty tensor [0] given for it.
   */
  SteadyLinearGrad: {
    inputs: {
      dy: tf.Tensor2D /* [M, N] */;
      x: tf.Tensor2D /* [M, K] */;
      weight: tf.Tensor2D /* [K, N] */;
      saved?: tf.Tensor2D | undefined /* [M, N] */;
      into?: tf.Tensor2D | undefined /* [K, N] */;
    };
    attrs: { activation: Activation; bias: boolean };
    outputs: readonly ['dx [M, K]', 'dWeight [K, N]', 'dBias? [N]'];
  };
  /**
   * y = act(x W + b) with a weight that is read many times before it changes: a backend may keep it in a form that is faster to
   * read. It
   * ends with the tensor, and where a kernel writes the weight in place. No gradient.
   */
  SteadyFixedLinear: {
    inputs: {
      x: tf.Tensor /* [..., K] */;
      weight: tf.Tensor2D /* [K, N], or [N, K] where it is transposed */;
      bias?: tf.Tensor1D | undefined /* [N] */;
    };
    attrs: FixedLinearAttrs;
    outputs: readonly ['y [..., N]'];
  };
  /** y = normalised * gain + bias over the last axis, biased variance. */
  SteadyLayerNorm: {
    inputs: { x: tf.Tensor2D /* [M, D] */; gain: tf.Tensor1D; bias: tf.Tensor1D };
    attrs: { epsilon: number };
    outputs: readonly ['y [M, D]', 'normalised [M, D]', 'inverseDeviation [M, 1]'];
  };
  SteadyLayerNormGrad: {
    inputs: {
      dy: tf.Tensor2D;
      normalised: tf.Tensor2D;
      inverseDeviation: tf.Tensor2D /* [M, 1] */;
      gain: tf.Tensor1D;
    };
    attrs: Record<string, never>;
    outputs: readonly ['dx [M, D]', 'dGain [D]', 'dBias [D]'];
  };
  /** y = LN(omega * shortcut + branch): the join of every Post-LN residual. omega absent means 1. */
  SteadyAddLayerNorm: {
    inputs: {
      shortcut: tf.Tensor2D /* [M, D] */;
      branch: tf.Tensor2D /* [M, D] */;
      omega?: tf.Tensor1D | undefined /* [D] */;
      gain: tf.Tensor1D;
      bias: tf.Tensor1D;
    };
    attrs: { epsilon: number };
    outputs: readonly ['y [M, D]', 'normalised [M, D]', 'inverseDeviation [M, 1]'];
  };
  /** dBranch is the gradient of the sum; dShortcut = omega * dBranch (absent when omega is: they are equal). */
  SteadyAddLayerNormGrad: {
    inputs: {
      dy: tf.Tensor2D;
      normalised: tf.Tensor2D;
      inverseDeviation: tf.Tensor2D /* [M, 1] */;
      gain: tf.Tensor1D;
      shortcut?: tf.Tensor2D | undefined;
      omega?: tf.Tensor1D | undefined;
    };
    attrs: Record<string, never>;
    outputs: readonly ['dBranch [M, D]', 'dGain [D]', 'dBias [D]', 'dShortcut? [M, D]', 'dOmega? [D]'];
  };
  /** y = normalised * gain, normalised = x * inverseRoot, inverseRoot = 1 / sqrt(mean(x^2) + epsilon), of every row. */
  SteadyRmsNorm: {
    inputs: { x: tf.Tensor2D /* [M, D] */; gain: tf.Tensor1D };
    attrs: { epsilon: number };
    outputs: readonly ['y [M, D]', 'normalised [M, D]', 'inverseRoot [M, 1]'];
  };
  SteadyRmsNormGrad: {
    inputs: {
      dy: tf.Tensor2D;
      normalised: tf.Tensor2D;
      inverseRoot: tf.Tensor2D /* [M, 1] */;
      gain: tf.Tensor1D;
    };
    attrs: Record<string, never>;
    outputs: readonly ['dx [M, D]', 'dGain [D]'];
  };
  /**
   * Multi-head scaled dot-product attention. Without `keyValue`, `query` is packed [B, T, (H + 2 G) Dh] as
   * query, key, value; with it, `query` is [B, Tq, H Dh] and `keyValue` [B, Tk, 2 G Dh] as key, value.
   * H = heads, G = keyValueHeads (grouped-query when G < H; head h reads group floor(h G / H)).
   * `mask` is added to the scores and broadcasts to [B, H, Tq, Tk]: shape [B, 1, 1 or Tq, Tk].
   * causal: query i sees keys j <= i + Tk - Tq. Dropout acts on the probabilities [B, H, Tq, Tk], bits from `key`.
   * `saved` is whatever the backend needs for its own gradient.
   */
  SteadyAttention: {
    inputs: {
      query: tf.Tensor3D;
      keyValue?: tf.Tensor3D | undefined;
      mask?: tf.Tensor4D | undefined;
    };
    attrs: AttentionAttrs;
    outputs: readonly ['y [B, Tq, H Dh]', 'saved'];
  };
  SteadyAttentionGrad: {
    inputs: {
      dy: tf.Tensor3D;
      query: tf.Tensor3D;
      keyValue?: tf.Tensor3D | undefined;
      mask?: tf.Tensor4D | undefined;
      y: tf.Tensor3D;
      saved: tf.Tensor;
    };
    attrs: AttentionAttrs;
    outputs: readonly ['dQuery (as query)', 'dKeyValue? (as keyValue)'];
  };
  /**
   * Attention of one query a row, a step of decoding, to keys and values that lie in pieces: piece i is [R_i, T_i, C_i],
   * whose last 2 G Dh columns are key and value, and row b reads its row `rows[i][b]`; the T_i add up to Tk. The first H Dh
   * columns of `query` are the query. Row b of the scores reads row `maskRows[b]` of the mask. No gradient.
   */
  SteadyAttentionStep: {
    inputs: {
      query: tf.Tensor3D /* [B, 1, H Dh or more] */;
      mask?: tf.Tensor4D | undefined /* [any, 1, 1, Tk] */;
    } & Readonly<Record<`piece${number}`, tf.Tensor3D>>;
    attrs: AttentionStepAttrs;
    outputs: readonly ['y [B, 1, H Dh]'];
  };
  /**
   * What a search needs of logits: the `count` greatest of each row, best first, equal ones in the order of their columns, the
   * columns that they stand in, and mass = sum_v exp(logit_v - greatest). A mass is not finite where a logit is NaN or
   * Infinity or all are -Infinity. No gradient.
   */
  SteadyTopLogits: {
    inputs: { logits: tf.Tensor2D /* [M, V] */ };
    attrs: { count: number };
    outputs: readonly ['values [M, count]', 'indices [M, count] int32', 'mass [M]'];
  };
  /**
   * Per-row label-smoothed cross-entropy, fairseq's form:
   * loss = (1 - s) nll + (s / V) sum_v -log p_v, and nll itself at s = 0, also where a logit is -Infinity.
   * `logNormaliser` is log sum exp of the row.
   */
  SteadySoftmaxCrossEntropy: {
    inputs: { logits: tf.Tensor2D /* [M, V] */; labels: tf.Tensor1D /* [M] int32 */ };
    attrs: { smoothing: number };
    outputs: readonly ['loss [M]', 'nll [M]', 'logNormaliser [M]'];
  };
  /** dLoss (softmax - (1 - s) onehot - s / V); 0 in a row whose dLoss is 0, whatever the row holds. */
  SteadySoftmaxCrossEntropyGrad: {
    inputs: {
      dLoss: tf.Tensor1D /* [M] */;
      logits: tf.Tensor2D;
      labels: tf.Tensor1D;
      logNormaliser: tf.Tensor1D;
    };
    attrs: { smoothing: number };
    outputs: readonly ['dLogits [M, V]'];
  };
  /** Scatter-add of rows: the gradient of an embedding look-up. */
  SteadyEmbeddingGrad: {
    inputs: { dy: tf.Tensor2D /* [M, D] */; ids: tf.Tensor1D /* [M] int32 */ };
    attrs: { vocabulary: number };
    outputs: readonly ['dWeight [V, D]'];
  };
  /** x times `dropoutFactors(key, size, rate)` of random.ts, 0 where dropped whatever x holds; its own gradient. */
  SteadyDropout: {
    inputs: { x: tf.Tensor };
    attrs: { rate: number; key: readonly [number, number] };
    outputs: readonly ['y (as x)'];
  };
  /** A tensor that shares x's memory from element `offset`, empty or not; x must outlive it. */
  SteadyView: {
    inputs: { x: tf.Tensor1D };
    attrs: { offset: number; shape: readonly number[] };
    outputs: readonly ['view [shape]'];
  };
  /** In place: destination := source (equal sizes, also none). Returns an empty tensor. */
  SteadyCopy: {
    inputs: { destination: tf.Tensor; source: tf.Tensor };
    attrs: Record<string, never>;
    outputs: readonly ['[0]'];
  };
  /** The L2 norm, rounded once at best: squares may be summed in double precision. */
  SteadyNorm: {
    inputs: { x: tf.Tensor1D };
    attrs: Record<string, never>;
    outputs: readonly ['norm []'];
  };
  /** In place: sum := sum + x (equal sizes, also none). Returns the L2 norm of the sum. */
  SteadyAddInto: {
    inputs: { sum: tf.Tensor; x: tf.Tensor };
    attrs: Record<string, never>;
    outputs: readonly ['norm []'];
  };
  /**
   * In place on parameters, m and v: one step of the Adam family over flat buffers of P elements.
   *   g := gradientScale * gradient + l2 * p
   *   m := beta1 m + (1 - beta1) g;   v := beta2 v + (1 - beta2) g^2
   *   p := decay * p - stepSize * m / (adaptive ? rootScale * sqrt(v) + epsilon : 1)
   * A factor of zero (beta1, beta2, l2, stepSize) switches its term off, also where that has overflowed.
   */
  SteadyAdamStep: {
    inputs: { parameters: tf.Tensor1D; gradient: tf.Tensor1D; m: tf.Tensor1D; v: tf.Tensor1D };
    attrs: AdamStepAttrs;
    outputs: readonly ['[0]'];
  };
}

/** A kernel of the contract by the name under which a backend registers it. */
export type FusedKernelName = keyof FusedKernels;

/** What takes and gives as a kernel does: the composed form of one. */
export type KernelForm<K extends FusedKernelName> = (
  inputs: FusedKernels[K]['inputs'],
  attrs: FusedKernels[K]['attrs'],
) => tf.Tensor[];

/**
 * Kernels that come together, every kernel in one group: what one saves the other reads, and what one shares the other
 * writes. A backend registers all of a group or none.
 */
export const KERNEL_GROUPS: readonly (readonly FusedKernelName[])[] = [
  ['SteadyLinear', 'SteadyLinearGrad'],
  ['SteadyFixedLinear'],
  ['SteadyLayerNorm', 'SteadyLayerNormGrad'],
  ['SteadyAddLayerNorm', 'SteadyAddLayerNormGrad'],
  ['SteadyRmsNorm', 'SteadyRmsNormGrad'],
  ['SteadyAttention', 'SteadyAttentionGrad'],
  ['SteadyAttentionStep'],
  ['SteadyTopLogits'],
  ['SteadySoftmaxCrossEntropy', 'SteadySoftmaxCrossEntropyGrad'],
  ['SteadyEmbeddingGrad'],
  ['SteadyDropout'],
  ['SteadyView', 'SteadyCopy', 'SteadyAdamStep'],
  ['SteadyNorm', 'SteadyAddInto'],
];

/** tfjs's plain JavaScript, which every page and program has: kernels are held against composed forms on it. */
export const REFERENCE_BACKEND = 'cpu';
