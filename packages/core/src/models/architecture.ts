import type { ResidualMethod } from '../residual/residual';
import type { BranchFactory } from './blockConfig';
import type { StackConfig } from './schema';

/** A table of tokens, or the name of another table that it is one with. */
export type EmbeddingConfig = { readonly vocabulary: number } | string;

/** One stack of an architecture: its own config, and how it stands to the others. */
export interface ArchitectureStack extends StackConfig {
  /**
   * Whether position i sees positions <= i only. 'prefix': those, and the first positions of its sentence, as many as the
   * batch says.
   */
  readonly causal: boolean | 'prefix';
  /** The stacks before it whose outputs its cross-attention reads. */
  readonly reads: readonly string[];
  /** The table of the ids that enter it. Absent: streams [B, T, D] enter it. */
  readonly embedding?: string | undefined;
}

/** Any model as data: tables of tokens, and stacks in the order in which they run. */
export interface Architecture {
  readonly embeddings: Readonly<Record<string, EmbeddingConfig>>;
  readonly stacks: Readonly<Record<string, ArchitectureStack>>;
  /** The table of the output projection. Absent: the model has no logits. */
  readonly output?: string | undefined;
}

/** The residual method of every stack, by the stack's name. */
export type StackMethods = Readonly<Record<string, ResidualMethod>>;

/** What a model is built with that its config does not hold. */
export interface BuildOptions {
  /** Seed of the initial weights. Default 1. */
  readonly seed?: number;
  /** The user's own branches, by the name the config's blocks use. */
  readonly modules?: Readonly<Record<string, BranchFactory>>;
}
