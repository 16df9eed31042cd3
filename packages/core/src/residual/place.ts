/** Which branch a sub-layer holds. A user's own kinds are any other names. */
export type SubLayerKind = 'selfAttention' | 'crossAttention' | 'feedForward' | (string & {});

/** Where a stack stands among the stacks of its model. */
export interface StackPlace {
  /** The stack's name, such as 'encoder' or 'decoder'. */
  readonly stack: string;
  /** Blocks of this stack: L of an encoder, M of a decoder. */
  readonly depth: number;
  /** Whether position i of the stack sees positions <= i only. */
  readonly causal: boolean;
  /** Blocks of the stacks whose output this one's cross-attention reads, by name: a decoder's encoder. */
  readonly reads: Readonly<Record<string, number>>;
  /** Blocks of the stacks that read this one's output, by name: an encoder's decoder. */
  readonly readBy: Readonly<Record<string, number>>;
}

/** Where a sub-layer stands: all that a residual method may depend on. */
export interface Place extends StackPlace {
  readonly kind: SubLayerKind;
  /** 0-based block (the "layer" of most papers' titles). */
  readonly block: number;
  /** 0-based residual branch within the stack: i - 1 of the paper's x_i. */
  readonly index: number;
  /** Residual branches of this stack: N = 2 L in an encoder, 3 M in a decoder with cross-attention. */
  readonly branches: number;
  /** True for the last sub-layer of its block. */
  readonly endsBlock: boolean;
}

/** Blocks of the deepest of other stacks; 0 where there is none. */
export const deepest = (others: Readonly<Record<string, number>>): number =>
  Math.max(0, ...Object.values(others));
