import type * as tf from '@tensorflow/tfjs';
import type { RandomStream } from '../random/random';
import type { Parameter } from '../state/module';

/** What positions within an attention may depend on. */
export interface PositionSite {
  readonly heads: number;
  /** Heads of keys and values. */
  readonly groups: number;
  /** Dh */
  readonly headWidth: number;
  /** D */
  readonly width: number;
  readonly causal: boolean;
  /** For what is trained. */
  readonly random: RandomStream;
}

/** Positions within one attention: any of these. */
export interface HeadPositions {
  /** Queries and keys of packed [B, T, (H + 2 G) Dh] turned by their positions, the first at `start`: as packed. */
  readonly turn?: (packed: tf.Tensor3D, start: number) => tf.Tensor3D;
  /** Added to the scores of every query, the last of them at the last key: [1, H, Tq, Tk] */
  readonly distances?: (queries: number, keys: number) => tf.Tensor4D;
  /** The same, and trained. */
  readonly bias?: (queries: number, keys: number) => tf.Tensor4D;
  /** What `bias` trains. */
  readonly table?: Parameter<tf.Rank.R2>;
}

/** Positions that self-attention itself knows, as an object: `rotaryPositions()` and its like. */
export interface PositionScheme {
  readonly name: string;
  /** Throws on heads that it cannot serve. */
  readonly make: (site: PositionSite) => HeadPositions;
}
