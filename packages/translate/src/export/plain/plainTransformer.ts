import type { NamedArray } from '@steadyformer/core';

/** y = x W + b: weight [inputs, outputs], bias [outputs]. */
export interface PlainLinear {
  readonly weight: NamedArray;
  readonly bias: NamedArray;
}

/** Layer normalisation with epsilon 1e-5: gain and bias [D]. */
export interface PlainNorm {
  readonly gain: NamedArray;
  readonly bias: NamedArray;
}

/** Each map [D, D]; the norm is that of the sum with the shortcut. */
export interface PlainAttention {
  readonly query: PlainLinear;
  readonly key: PlainLinear;
  readonly value: PlainLinear;
  readonly output: PlainLinear;
  readonly norm: PlainNorm;
}

/** inner [D, F], outer [F, D]. */
export interface PlainFeedForward {
  readonly inner: PlainLinear;
  readonly outer: PlainLinear;
  readonly norm: PlainNorm;
}

export interface PlainEncoderLayer {
  readonly selfAttention: PlainAttention;
  readonly feedForward: PlainFeedForward;
}

export interface PlainDecoderLayer extends PlainEncoderLayer {
  readonly crossAttention: PlainAttention;
}

/** x_0 = sqrt(D) table[id] + positions[t], then the layers. */
export interface PlainStack<Layer> {
  /** [V, D] */
  readonly table: NamedArray;
  /** Row t belongs to position t, counted from 0: [L, D] */
  readonly positions: NamedArray;
  readonly layers: readonly Layer[];
}

/** The activations that all formats know: gelu is its tanh form. */
export const PLAIN_ACTIVATIONS = ['relu', 'gelu', 'swish'] as const;
export type PlainActivation = (typeof PLAIN_ACTIVATIONS)[number];

/** A Post-LN Transformer without any scale, x' = LN(x + f(x)), in plain arrays. */
export interface PlainTransformer {
  /** D */
  readonly width: number;
  readonly heads: number;
  /** F */
  readonly feedForward: number;
  readonly activation: PlainActivation;
  readonly encoder: PlainStack<PlainEncoderLayer>;
  readonly decoder: PlainStack<PlainDecoderLayer>;
  /** Logits are x outputᵀ: [V, D] */
  readonly output: NamedArray;
  /** Which tables are one: all three, those of target and output, or none. */
  readonly tied: boolean | 'decoder';
}
