import type * as tf from '@tensorflow/tfjs';
import { check } from '../checks/errors';
import type { Context } from '../context/context';
import type { Linear } from '../layers/linear';
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

export const checkName = (what: string, value: unknown): void => check(isName(value), what, value, NAMES);
