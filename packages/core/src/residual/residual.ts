import type { InitGains } from '../layers/initializers';
import type { NormSpec } from '../layers/norm';
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
 *     x' = after( omega (.) x [+ block input] + alpha (.) inside( f( rho (.) before(x) ) ) )
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
  /** An earlier stream that joins the sum as well: the block's input (B2T). */
  readonly extraShortcut?: 'block';
}

/** What a method decides about one sub-layer. */
export interface SubLayerPlan {
  readonly residual: Residual;
  /** Options for the branch itself. Attention knows headScale and innerNorm, feed-forward innerNorm. */
  readonly branchOptions?: Readonly<Record<string, unknown>>;
  readonly initGains?: InitGains;
}

/** A method as a config holds it. */
export interface MethodConfig {
  readonly name: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A residual method: a pure function of a sub-layer's place, with the JSON description it can be rebuilt from. */
export interface ResidualMethod {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly plan: (place: Place) => SubLayerPlan;
  /** Factor on the deviation of the initial embeddings that enter a stack. Default 1. */
  readonly embeddingGain?: (place: StackPlace) => number;
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
