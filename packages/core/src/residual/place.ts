/** Which branch a sub-layer holds. A user's own kinds are any other names. */
export type SubLayerKind = 'selfAttention' | 'crossAttention' | 'feedForward' | (string & {});

export type StackName = 'encoder' | 'decoder';

/** Where a sub-layer stands: all that a residual method may depend on. */
export interface Place {
  readonly stack: StackName;
  readonly kind: SubLayerKind;
  /** 0-based block (the "layer" of most papers' titles). */
  readonly block: number;
  /** 0-based residual branch within the stack: i - 1 of the paper's x_i. */
  readonly index: number;
  /** Residual branches of this stack: N = 2 L in an encoder, 3 M in a decoder with cross-attention. */
  readonly branches: number;
  /** Blocks of each stack of the model: encoder L, decoder M; 0 where the model has none. */
  readonly depths: { readonly encoder: number; readonly decoder: number };
  /** True for the last sub-layer of its block. */
  readonly endsBlock: boolean;
}
