import type * as tf from '@tensorflow/tfjs';
import { check } from '../checks/errors';
import type { Context } from '../context/context';
import { Linear } from '../layers/linear';
import type { RandomStream } from '../random/random';
import type { Place } from './place';
import type { SubLayerPlan } from './residual';

/**
 * What a sub-layer computes beside its shortcut. Any object with such a `call` is one; where it is a Module, its
 * parameters join the model's.
 */
export interface Branch {
  /** x [B, T, D]: [B, T, D] */
  call(x: tf.Tensor3D, context: Context): tf.Tensor3D;
  /**
   * The linear maps that read the branch's input, all of them: what folding a shortcut scale away divides. Absent
   * means unknown, and such a branch cannot be folded.
   */
  inputProjections?(): readonly Linear[];
  /**
   * The linear map whose result `call` gives as it is. A branch that is computed again for its gradient alone
   * (`Context.checkpointing`) leaves that out. Absent means unknown.
   */
  lastMap?(): Linear;
  /**
   * The branch's closed form, by which theory predicts it: moments of its output, dropout off, from those of its
   * input and from the sizes of its weights. A pure function, asked many times. Absent means unknown: such a branch
   * is predicted from a measured variance.
   */
  moments?(input: BranchInput): BranchMoments;
  /** The name under which @steadyformer/analysis knows the closed form by itself: core's own branches have one. */
  readonly form?: string;
}

/** Mean second moment of a token's features, and mean product of two tokens' same features. */
export interface TokenMoments {
  readonly power: number;
  readonly covariance: number;
}

/**
 * What a small change of the input, independent of it, makes of f: linear in the moments of the change. `power` and
 * `covariance` are each as much of the change of f as a unit of the input's change adds to it, by its own power and by its
 * covariance between two tokens.
 */
export interface Passing {
  readonly power: TokenMoments;
  readonly covariance: TokenMoments;
}

/** What theory knows where it asks a branch for its moments. */
export interface BranchInput extends TokenMoments {
  /** T, tokens of a sentence: what attention averages over. */
  readonly tokens: number;
  /** Whether the stack lets a token see those before it only. */
  readonly causal: boolean;
  /** Of the stack's memory, S its tokens; each feature of power 1 behind the norm at its end. */
  readonly memory: TokenMoments & { readonly tokens: number };
  /** Root mean square of each of the branch's parameters as it is now, by its path in the branch. */
  readonly weights: Readonly<Record<string, number>>;
}

/** Moments of a branch's output f, whose mean is taken as zero. */
export interface BranchMoments {
  /** Var[f]. */
  readonly power: number;
  /** Covariance of two tokens' outputs. Default 0. */
  readonly covariance?: number;
  /** Variance of the gradient at the input over that at the output. Default: that of a symmetric map, power over the input's. */
  readonly gradientGain?: number;
  /**
   * Variance of the change of f where its weights change independently: `absolute` where every weight changes with
   * variance 1, `relative` where every matrix changes with the variance of its own entries. Default: of maps in a
   * row, from the sizes of the matrices. `correlation` is that of two tokens' changes. Default: that of the outputs.
   */
  readonly change?: { readonly absolute: number; readonly relative: number; readonly correlation?: number };
  /** Default: that of a map which is linear in its tokens, by the derivatives of power and covariance. */
  readonly passes?: Passing;
}

/** What the maker of a branch may depend on. */
export interface BranchSite {
  readonly place: Place;
  readonly width: number;
  readonly plan: SubLayerPlan;
  readonly random: RandomStream;
}

/** One entry of a block: its name in paths, and how its branch is made. */
export interface SubLayerSpec {
  readonly name: string;
  /** Default: the name. */
  readonly kind?: string;
  /** The stack whose output it reads, where its own stack reads several. */
  readonly reads?: string | undefined;
  /** True of self-attention that is causal whatever its stack says; a stack of such blocks is causal. */
  readonly causal?: boolean;
  readonly branch: (site: BranchSite) => Branch;
}

/** What a part of a dotted path may be; one that reads as a number would change places with others. */
export const NAMES = 'names without dots or a digit in front';

export const isName = (value: unknown): boolean => typeof value === 'string' && /^[^\d.][^.]*$/.test(value);

/** Throws unless `value` can stand in a dotted path. `what` is what has the name. */
export const checkName = (what: string, value: unknown): void => check(isName(value), what, value, NAMES);

/** The branch's last map, where it is one that runs as Linear does, and whoever brought `call` brought `lastMap` too. */
export const lastOf = (branch: Branch): Linear | undefined => {
  let holder: object | null = branch;
  while (holder && !Object.hasOwn(holder, 'call')) holder = Object.getPrototypeOf(holder);
  const last = holder && Object.hasOwn(holder, 'lastMap') ? branch.lastMap?.() : undefined;
  return last instanceof Linear && last.call === Linear.prototype.call ? last : undefined;
};
