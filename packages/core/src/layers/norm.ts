import type * as tf from '@tensorflow/tfjs';
import { check } from '../checks/errors';
import { Module } from '../state/module';
import { LayerNorm } from './layerNorm';
import { RmsNorm } from './rmsNorm';
import { ScaleNorm } from './scaleNorm';

/** Norms that a record may name: 'layer' = LayerNorm, 'rms' = RmsNorm, 'scale' = ScaleNorm. All others are objects. */
export type NormKind = 'layer' | 'rms' | 'scale';

/** Whatever may stand where a residual record asks for a norm. */
export interface Norm extends Module {
  /** x [B, T, D]: the same shape. */
  call(x: tf.Tensor3D): tf.Tensor3D;
}

/** A norm as an object, such as `dynamicTanh()` or the user's own: its name in summaries, and how one is made. */
export interface NormFactory {
  readonly name: string;
  /** D: a module whose parameters join the model's, under the path of the norm it stands for. */
  readonly make: (width: number) => Norm;
  /**
   * Second moment of each feature behind the norm at its start, whatever enters it, by the width D: theory then follows
   * it as it does the built-in kinds, whose moment is 1. Absent: it depends on what enters.
   */
  readonly outputPower?: ((width: number) => number) | undefined;
  /**
   * What becomes of one feature at the norm's start, where it works on each by itself, as DyT does: theory then follows it
   * before and inside branches.
   */
  readonly elementwise?: ((x: number) => number) | undefined;
}

/** A norm as a residual record and the options of branches name it: a kind by its name, or an object. */
export type NormSpec = NormKind | NormFactory;

const NORMS = { layer: LayerNorm, rms: RmsNorm, scale: ScaleNorm };

/** The norm of a spec. Throws on a kind that does not exist, and on what is made that is no norm. */
export function normOf(kind: NormKind, width: number): LayerNorm | RmsNorm | ScaleNorm;
export function normOf(spec: NormSpec, width: number): Norm;
export function normOf(spec: NormSpec, width: number): Norm {
  const own = Object(spec) as Partial<NormFactory>;
  const made: unknown =
    typeof own.make === 'function'
      ? own.name && own.make(width)
      : Object.hasOwn(NORMS, spec as NormKind) && new NORMS[spec as NormKind](width);
  const isNorm = made instanceof Module && 'call' in made;
  const next = 'Or an object { name, make(width) } that makes a Module with call(x).';
  check(isNorm, 'norm', made || spec, "'layer', 'rms', 'scale'", next);
  return made as Norm;
}
