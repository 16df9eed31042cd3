/** What follows a linear layer: nothing, relu, or gelu in its tanh form (Hendrycks and Gimpel 2016). */
export type Activation = 'none' | 'relu' | 'gelu';

/** Numbers that products with fixed weights are computed in. */
export type ComputeType = 'float32' | 'int8';

/** Attributes of SteadyFixedLinear. */
export interface FixedLinearAttrs {
  activation: Activation;
  /** The weight is [N, K]. */
  transposed: boolean;
  /** What products are computed in: with 'int8' x is rounded to bytes by a scale a row, the weight by one an output. */
  computeType: ComputeType;
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
  /** What a row gives is to be the same to the bit, however many keys of no weight stand behind the others; where that can be had. */
  independent?: boolean;
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
