import * as tf from '@tensorflow/tfjs';
import type { LayerNorm } from '../layers/layerNorm';
import type { Norm, NormSpec } from '../layers/norm';
import { addLayerNorm } from '../ops/addLayerNorm';
import type { NormWeights } from '../ops/layerNorm';
import type { PluggedWires, Weight } from './plan';

/** What multiplies a stream. Absent: nothing. */
export type Scaling = number | tf.Tensor | undefined;

/** What is added up to one stream; [B, T, D] each, and one of them at least is there. */
export interface Terms {
  /** The stream that skips the branch, and its scale. */
  readonly shortcut?: tf.Tensor3D | undefined;
  readonly omega?: Scaling;
  /** What the branch adds. */
  readonly branch?: tf.Tensor3D | undefined;
  /** Other streams. */
  readonly others?: readonly tf.Tensor3D[];
}

/** The norm of a sum. */
export interface SumNorm {
  readonly spec?: NormSpec | undefined;
  readonly norm?: Norm | undefined;
}

export const scaled = (x: tf.Tensor3D, scale: Scaling): tf.Tensor3D =>
  scale === undefined ? x : tf.mul(x, scale);

/** omega (.) shortcut + branch + others. */
export const sumOf = ({ shortcut, omega, branch, others = [] }: Terms): tf.Tensor3D =>
  [shortcut && scaled(shortcut, omega), branch, ...others]
    .filter((term) => term !== undefined)
    .reduce((sum, term) => tf.add(sum, term));

/** The sum with its norm, in one op where there is one for both. */
export const normedSum = (terms: Terms, { spec, norm }: SumNorm): tf.Tensor3D => {
  const { shortcut, omega, branch, others = [] } = terms;
  // A norm of the user's own may extend LayerNorm.
  if (spec === 'layer' && shortcut && branch && others.length === 0) {
    const { weights } = norm as LayerNorm;
    return fusedSum(shortcut, branch, omega, weights);
  }
  const sum = sumOf(terms);
  return norm?.call(sum) ?? sum;
};

const fusedSum = (x: tf.Tensor3D, branch: tf.Tensor3D, omega: Scaling, weights: NormWeights): tf.Tensor3D =>
  omega instanceof tf.Tensor && omega.rank === 1
    ? addLayerNorm(x, branch, omega as tf.Tensor1D, weights)
    : addLayerNorm(scaled(x, omega), branch, undefined, weights);

/** x times a weight; undefined where that is 0. */
export const times = (x: tf.Tensor3D | undefined, weight: Weight): tf.Tensor3D | undefined =>
  x && weight !== 0 ? (weight === 1 ? x : tf.mul<tf.Tensor3D>(x, weight)) : undefined;

/** What is added up to stream i behind a sub-layer; its own stream, where it goes on, is the shortcut. */
export const termsOf = (
  { carried, carry, write, mixed }: PluggedWires,
  i: number,
  branch: tf.Tensor3D | undefined,
  omega: Scaling,
): Terms => {
  const sum = i === 0 && omega !== undefined ? undefined : mixed?.[i];
  if (sum) return { shortcut: sum, branch: times(branch, write[i]!) };
  const parts = carry[i]!.map((weight, j) => times(carried[j], weight));
  const own = parts[i];
  const others = parts.filter((part, j) => part && j !== i) as tf.Tensor3D[];
  const added = times(branch, write[i]!);
  // A stream that the branch alone makes is zero where that is skipped.
  const nothing = !own && !added && others.length === 0;
  return {
    shortcut: nothing ? tf.zerosLike<tf.Tensor3D>(carried[0]!) : own,
    omega: i === 0 ? omega : undefined,
    branch: added,
    others,
  };
};
