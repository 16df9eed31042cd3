/** What follows a linear layer: nothing, relu, or gelu in its tanh form (Hendrycks and Gimpel 2016). */
export type Activation = 'none' | 'relu' | 'gelu';

/** Attributes of SteadyAttention and its gradient. */
export interface AttentionAttrs {
  heads: number;
  keyValueHeads: number;
  scale: number;
  causal: boolean;
  dropoutRate: number;
  dropoutKey: readonly [number, number];
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
