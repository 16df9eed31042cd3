import type { InitGains } from '../layers/initializers';
import type { NormSpec } from '../layers/norm';
import type { StreamLeaving, StreamWiring } from '../streams/plan';
import type { Place, StackPlace } from './place';
import type { Projection, TrainingFactors, TrainingSite } from './training';

/**
 * A scale of a stream. 'one' costs nothing; 'constant' is fixed; 'scalar' and 'vector' are trained from
 * `initial`, and sub-layers whose `sharedBy` keys agree train one and the same. `initial: 'profiled'`, of shortcut
 * scales alone: 1 until `initialize` of @steadyformer/admin-init sets it from data.
 */
export type Scale =
  | { readonly kind: 'one' }
  | { readonly kind: 'constant'; readonly value: number }
  | {
      readonly kind: 'scalar' | 'vector';
      readonly initial: number | 'profiled';
      readonly sharedBy?: string;
    };

/**
 * How a branch f joins its shortcut:
 *
 *     x' = after( omega (.) x + alpha (.) inside( f( rho (.) before(x) ) ) )
 *
 * Every method of the field is a value of this record. Absent norms do nothing; one of the user's own is a
 * `{ name, make }` in place of a name.
 */
export interface Residual {
  /** Norm of the branch's input: Pre-LN. */
  readonly before?: NormSpec;
  /** rho, between that norm and the branch: LayerNorm Scaling. Its `initial` is a number. Default 1. */
  readonly readScale?: Scale;
  /** Norm of the branch's output: sandwich, NormFormer. */
  readonly inside?: NormSpec;
  /** Norm of the sum: Post-LN. */
  readonly after?: NormSpec;
  /** omega, on the shortcut: Admin, DeepNorm. */
  readonly shortcutScale: Scale;
  /** alpha, on the branch: ReZero, LayerScale. Its `initial` is a number. */
  readonly branchScale: Scale;
  /**
   * Several streams, which the sub-layer reads, carries and writes: B2T, ResiDual, hyper-connections. Default one. The
   * norms and scales above are the branch's and the first stream's.
   */
  readonly streams?: StreamWiring;
}

/** What a method decides about one sub-layer. */
export interface SubLayerPlan {
  readonly residual: Residual;
  /** Options for the branch itself: `AttentionBranchOptions` of attention, innerNorm of feed-forward. */
  readonly branchOptions?: Readonly<Record<string, unknown>>;
  readonly initGains?: InitGains;
}

/** More options for branches, by kind of sub-layer: see `withBranchOptions`. */
export type BranchOptions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A method as a config holds it. */
export interface MethodConfig {
  readonly name: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly branches?: BranchOptions;
}

/** A residual method: a pure function of a sub-layer's place, with the JSON description it can be rebuilt from. */
export interface ResidualMethod {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly plan: (place: Place) => SubLayerPlan;
  /** What `withBranchOptions` has added to its plan. */
  readonly branches?: BranchOptions;
  /** Factor on the deviation of the initial embeddings that enter a stack. Default 1. */
  readonly embeddingGain?: (place: StackPlace) => number;
  /** How several streams that leave a stack become one. Absent: the first of them leaves. */
  readonly leave?: (place: StackPlace) => StreamLeaving;
  /**
   * The norm at the end of a stack. Absent: that of the last residual's way in, where the stream that leaves it is not
   * normed.
   */
  readonly finalNorm?: (place: StackPlace) => NormSpec | undefined;
  /** How a parameter is trained, where not as the rule says: `methodTraining` makes groups of it. A pure function. */
  readonly training?: (site: TrainingSite) => TrainingFactors;
  /** What a parameter is brought back to after every update. Default: it stays as the update leaves it. */
  readonly projection?: (site: TrainingSite) => Projection | undefined;
}

export const ONE: Scale = { kind: 'one' };

/** What a scale starts at, as its record says. */
export const initialOf = (scale: Scale): number | 'profiled' =>
  scale.kind === 'one' ? 1 : scale.kind === 'constant' ? scale.value : scale.initial;

/** Whether the stream that leaves this residual needs a norm at the end of the stack: normed only on the way in. */
export const needsFinalNorm = (residual: Residual): boolean =>
  residual.before !== undefined && !residual.after;

/** The norm at the end of a stack: the method's word, else that of the last residual's way in where it needs one. */
export const finalNormOf = (
  method: ResidualMethod,
  place: StackPlace,
  last: Residual,
): NormSpec | undefined =>
  method.finalNorm ? method.finalNorm(place) : needsFinalNorm(last) ? last.before : undefined;

/** Streams that a residual reads, n. */
export const streamsBefore = ({ streams }: Residual): number => streams?.read.length ?? 1;

/** Streams that a residual makes, m. */
export const streamsBehind = ({ streams }: Residual): number => streams?.carry.length ?? 1;
