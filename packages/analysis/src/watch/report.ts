import type { WatchThresholds } from './thresholds';

/** One residual branch in training. Pads are left out where the context tells them. */
export interface WatchedBranch {
  readonly path: string;
  /** Deviation of the branch over that of its scaled shortcut. */
  readonly ratio: number;
  /** beta_{i,i} of this step's batch, dropout included. */
  readonly beta: number;
  /** Root mean square of omega. */
  readonly omega: number;
  /** omega over its first watched value, where it is trained. */
  readonly omegaDrift?: number;
  /**
   * Of the stream that leaves the residual: the mean cosine of two tokens' vectors in a sentence. At 1 all tokens are one.
   *
   * @see https://arxiv.org/abs/2103.03404
   */
  readonly tokenCorrelation: number;
  /** Of the same stream: mean x^4 / (mean x^2)^2 of a feature over tokens, its mean over features. 3 of a Gaussian. */
  readonly kurtosis: number;
  /**
   * Of the same stream, s_d being the mean square of feature d over tokens: mean s_d^2 / (mean s_d)^2. 1 where all features
   * are of one size, D where one has it all.
   *
   * @see https://arxiv.org/abs/2405.19279
   */
  readonly outlierFeatures: number;
}

/** One attention in training, over its real queries. */
export interface WatchedAttention {
  readonly path: string;
  /** -sum_k p_k ln p_k in nats, its mean over heads and queries. */
  readonly entropy: number;
  /**
   * Mean entropy over the mean of ln(visible keys): 1 where all keys get the same, 0 where one gets all. Absent where no query
   * sees more than one key.
   *
   * @see https://arxiv.org/abs/2303.06296
   */
  readonly relativeEntropy?: number;
  /**
   * The largest scaled product of a query and a key that it sees, biases included.
   *
   * @see https://arxiv.org/abs/2302.05442
   */
  readonly largestLogit: number;
}

/** One weight matrix before the update. One of zeros, or with what is not finite, is left out. */
export interface WatchedMatrix {
  readonly path: string;
  /**
   * |W|_F^2 / |W|_2^2, between 1 and the rank. From above: |W|_2 comes from a few power iterations.
   *
   * @see https://arxiv.org/abs/math/0503442
   */
  readonly stableRank: number;
  /** The stable rank over its first watched value. */
  readonly stableRankDrift: number;
}

/** What a watcher saw at an update. */
export interface WatchReport {
  readonly step: number;
  /** Those that ran: without the ones that stochastic depth skipped in this step. */
  readonly branches: readonly WatchedBranch[];
  /** Those that ran. */
  readonly attentions: readonly WatchedAttention[];
  readonly matrices: readonly WatchedMatrix[];
  /** |update| / |weight| of every weight matrix. */
  readonly updates: readonly { readonly path: string; readonly ratio: number }[];
  readonly gradientNorm?: number;
  /** Gradient norm over the median of the last 128 that the watcher was told of. */
  readonly gradientSpike?: number;
  /**
   * By stack: sum of beta_ii^2 C_i, C_i the branch's squared update ratios. What a step in random directions of this
   * size would change; a gradient's directions agree, and change more.
   */
  readonly outputChange: Readonly<Record<string, number>>;
  /**
   * Of the steps that the watcher was told of, the share whose loss, or gradient norm, lay above mean + 6 deviations of the
   * 128 before. Absent until one has 16 before it.
   *
   * @see https://arxiv.org/abs/2501.00656
   */
  readonly spikeScores: { readonly loss?: number; readonly gradientNorm?: number };
  readonly warnings: readonly WatchWarning[];
}

/** One warning of a watcher. */
export interface WatchWarning {
  readonly kind: keyof WatchThresholds | 'notFinite';
  /** The parameter, sub-layer or stack, or what spikes: `loss`, `gradientNorm`; empty for the whole model. */
  readonly path: string;
  readonly value: number;
  /** What was seen and what to try. */
  readonly message: string;
}
