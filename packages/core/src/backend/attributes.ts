/** What follows a linear layer: nothing, relu, or gelu in its tanh form (Hendrycks and Gimpel 2016). */
export type Activation = 'none' | 'relu' | 'gelu';

/** Attributes of SteadyFixedLinear. */
export interface FixedLinearAttrs {
  activation: Activation;
  /** The weight is [N, K]. */
  transposed: boolean;
  /** No other thread writes the weight's memory, should it share that. */
  owned: boolean;
}

/** Attributes of SteadyAttention and its gradient. */
export interface AttentionAttrs {
  heads: number;
  keyValueHeads: number;
  scale: number;
  causal: boolean;
  dropoutRate: number;
  dropoutKey: readonly [number, number];
}

/** Attributes of SteadyAttentionStep. */
export interface AttentionStepAttrs {
  heads: number;
  keyValueHeads: number;
  /** Dh */
  depth: number;
  scale: number;
  /** Of every piece: which of its rows each row of the query reads. */
  rows: readonly ArrayLike<number>[];
  /** Which row of the mask each row of the query reads. */
  maskRows?: ArrayLike<number> | undefined;
}

/** Attributes of SteadyAdamStep, by the names of its formulas. */
export interface AdamStepAttrs {
  beta1: number;
  beta2: number;
  epsilon: number;
  stepSize: number;
  rootScale: number;
  adaptive: boolean;
  decay: number;
  l2: number;
  gradientScale: number;
}
