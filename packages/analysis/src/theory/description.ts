import type {
  BranchInput,
  BranchMoments,
  FeedForwardActivation,
  NormSpec,
  Residual,
  StreamLeave,
  StreamPlan,
} from '@steadyformer/core';

/** A branch whose moments at initialisation are known in closed form. Gains are factors on the weights' deviation. */
export type BranchForm =
  | {
      readonly kind: 'feedForward';
      readonly width: number;
      /** d_ff. */
      readonly hidden: number;
      /** Default 'relu'. */
      readonly activation?: FeedForwardActivation;
      /** A norm of the hidden layer (NormFormer, Sub-LN). Default none. */
      readonly innerNorm?: NormSpec;
      readonly gains?: { readonly inner?: number; readonly outer?: number };
      /** Rates. Default 0 each. */
      readonly dropout?: { readonly hidden?: number; readonly output?: number };
    }
  | {
      readonly kind: 'selfAttention' | 'crossAttention';
      readonly width: number;
      /** Position i sees positions <= i only. Default false. */
      readonly causal?: boolean;
      /** A norm of every token's values (HybridNorm), and one before the output map (Sub-LN). Default none. */
      readonly valueNorm?: NormSpec;
      readonly innerNorm?: NormSpec;
      /** H, and Dh. Default: heads of 64 features each. */
      readonly heads?: number;
      readonly headWidth?: number;
      /** One of queries and keys (QK-norm). Default none. */
      readonly queryKeyNorm?: NormSpec;
      /** What scores are multiplied by, in units of 1 / sqrt(Dh). Default 1. */
      readonly scale?: number;
      /** c: scores s become c tanh(s / c). Default none. */
      readonly logitCap?: number;
      /** Whether positions act on scores, whose entropy and maximum are then not known. Default false. */
      readonly attentionPositions?: boolean;
      readonly gains?: {
        readonly query?: number;
        readonly key?: number;
        readonly value?: number;
        readonly output?: number;
      };
      /** Rates. Default 0 each. */
      readonly dropout?: { readonly weights?: number; readonly output?: number };
    };

/** One of an attention. */
export type AttentionForm = BranchForm & { readonly kind: 'selfAttention' | 'crossAttention' };

/** What theory knows of the stream that a branch reads. */
export type StreamMoments = Omit<BranchInput, 'causal' | 'weights'> & {
  /** Sentences of a batch. */
  readonly sentences: number;
  /** Covariance of two tokens of two sentences. */
  readonly apart: number;
};

/** One residual branch: its record, and what is known of its variance. */
export interface BranchDescription {
  /** Dotted path, such as `encoder.layers.0.selfAttention`. */
  readonly path: string;
  readonly residual: Residual;
  /** Block it belongs to; a new number starts a new block. Default: all branches form one block. */
  readonly block?: number;
  /**
   * The shortcut scale in force (root mean square of a vector's). 'profiled' is Admin's rule on the described
   * variances. Default: the record's, which may be 'profiled' as well.
   */
  readonly omega?: number | 'profiled';
  /** The branch scale in force. Default: the record's. */
  readonly alpha?: number;
  /** The scale in force of what the branch reads. Default: the record's `readScale`. */
  readonly rho?: number;
  /** Weights of several streams in force, where they are trained. Default: the record's. */
  readonly streams?: Pick<StreamPlan, 'read' | 'carry' | 'write'>;
  /** Var[a_i]: dropout, inner norm and branch scale included. Default: from `form`. */
  readonly variance?: number;
  /** C_i: relative variance of the branch's change by its own weights. Default: from the perturbation. */
  readonly change?: number;
  /** Backward variance gain of the branch with respect to the stream. Default: from `form`, else the variance. */
  readonly gradientGain?: number;
  readonly form?: BranchForm;
  /** The closed form of a branch that states its own (`Branch.moments`). */
  readonly moments?: (input: StreamMoments) => BranchMoments;
  /** The weights of a branch without a form, from which its change by a perturbation follows. */
  readonly matrices?: MatricesDescription;
}

/**
 * The weight matrices of a branch, taken as maps in a row: independent changes of them add up relative to the output,
 * C = sum of Var[dW_k] / E[W_k^2], exact for linear and rectified maps.
 */
export interface MatricesDescription {
  readonly count: number;
  /** Sum of 1 / E[W_k^2]. */
  readonly inverseSquares: number;
}

/** x_0, what enters the first residual. */
export interface InputDescription {
  /** s_0 = Var[x_0], centred. */
  readonly variance: number;
  /** E[x_0^2]; above the variance where positions have a mean. Default: the variance. */
  readonly secondMoment?: number;
  /**
   * Mean correlation of two tokens' centred vectors. Default 0. Those of two sentences count as correlated alike: words and
   * positions are.
   */
  readonly correlation?: number;
  /** The same of the change of x_0, where it changes. Default 0: tokens of a sentence are mostly other words. */
  readonly changeCorrelation?: number;
}

/** What attention averages over. */
export interface TokensDescription {
  /** T, tokens of a sentence. */
  readonly count: number;
  /** Sentences of a batch, whose gradient an aligned step follows. Default 32. */
  readonly sentences?: number;
  /** Of the encoder's output, where there is cross-attention: default the same count and correlation 1. */
  readonly memory?: { readonly count: number; readonly correlation: number };
}

/** A stack of residual branches as plain data. */
export interface StackDescription {
  readonly branches: readonly BranchDescription[];
  /** How several streams leave. Default: the first of them does. */
  readonly leave?: StreamLeave;
  /** D. Default: that of the branches' forms. */
  readonly width?: number;
  /** Default unit variance, uncorrelated. */
  readonly input?: InputDescription;
  /** Default 32 tokens. */
  readonly tokens?: TokensDescription;
}

/** How the weights are changed. */
export type Perturbation =
  /** C_i = 1 for every branch: output change in units of C. */
  | { readonly kind: 'unit' }
  /** Every weight moves by +-size, independently. `embedding` (default false) moves the token table too. */
  | { readonly kind: 'sign'; readonly size: number; readonly embedding?: boolean }
  /** Every weight matrix W gets Gaussian noise of deviation ratio * std(W). */
  | { readonly kind: 'gaussian'; readonly ratio: number; readonly embedding?: boolean }
  /** One step of an optimizer: every weight moves by size against the sign of its gradient. */
  | { readonly kind: 'aligned'; readonly size: number; readonly embedding?: boolean };
