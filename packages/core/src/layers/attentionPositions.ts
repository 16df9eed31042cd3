import * as tf from '@tensorflow/tfjs';
import { check, checkInteger, checkOneOf, checkOptions } from '../checks/errors';
import { alibiBias } from '../ops/alibi';
import { rotary } from '../ops/rotary';
import type { RandomStream } from '../random/random';
import type { Parameter } from '../state/module';
import { normalParameter } from './initializers';

/**
 * A trained bias of the scores by the distance of key and query, one number a head and bucket of distances (Raffel
 * et al. 2020, section 2.1). T5 shares the table among the layers of a stack; here every self-attention has its own.
 */
export interface RelativePositions {
  readonly kind: 'relative';
  /** Buckets of distances, an even number; of both directions together where the future is seen. Default 32. */
  readonly buckets?: number;
  /** The distance from which on all keys share a bucket, above buckets / 2. Default 128. */
  readonly maxDistance?: number;
}

/** Positions that self-attention itself knows: rotary (Su et al. 2021), ALiBi (Press et al. 2022) or T5's. */
export type AttentionPositions = 'rotary' | 'alibi' | RelativePositions;

const checkedRelative = (options: RelativePositions): Required<RelativePositions> => {
  const what = 'self-attention positions';
  checkOptions(options, ['kind', 'buckets', 'maxDistance'], what);
  const kind = checkOneOf(`${what}.kind`, options.kind, ['relative']);
  const buckets = checkInteger(`${what}.buckets`, options.buckets ?? 32, 4);
  check(buckets % 2 === 0, `${what}.buckets`, buckets, 'even numbers >= 4');
  return {
    kind,
    buckets,
    maxDistance: checkInteger(`${what}.maxDistance`, options.maxDistance ?? 128, buckets / 2 + 1),
  };
};

/** With defaults filled in. Throws on an unknown kind, and on heads whose features cannot be turned in pairs. */
export const checkedPositions = (
  positions: AttentionPositions | undefined,
  headWidth: number,
): 'rotary' | 'alibi' | Required<RelativePositions> | undefined => {
  if (positions === undefined) return undefined;
  if (typeof positions === 'object') return checkedRelative(positions);
  const allowed = "'rotary', 'alibi', { kind: 'relative' }";
  check(positions === 'rotary' || positions === 'alibi', 'self-attention positions', positions, allowed);
  const next = 'Choose heads so that width / heads is even.';
  const what = "features of a head with positions 'rotary'";
  check(positions !== 'rotary' || headWidth % 2 === 0, what, headWidth, 'even numbers', next);
  return positions;
};

/** The table of a relative bias, [buckets, H] from N(0, 1 / D), where learned positions start too. */
export const relativeTable = (
  { buckets }: Required<RelativePositions>,
  heads: number,
  width: number,
  random: RandomStream,
): Parameter<tf.Rank.R2> => normalParameter(random, buckets, heads, 1 / Math.sqrt(width));

/** Queries and keys of packed [B, T, (H + 2 G) Dh] turned by their positions, the first at `start`. */
export const withTurns = (packed: tf.Tensor3D, heads: number, groups: number, start: number): tf.Tensor3D => {
  const depth = packed.shape[2] / (heads + 2 * groups);
  const [queryKey, value] = tf.split<tf.Tensor3D>(packed, [(heads + groups) * depth, groups * depth], 2);
  return tf.concat([rotary(queryKey!, heads + groups, start), value!], 2);
};

/** A mask with ALiBi's bias added: [1 | B, H, Tq, Tk]. */
export const withBias = (
  mask: tf.Tensor4D | undefined,
  heads: number,
  query: tf.Tensor3D,
  keyValue: tf.Tensor3D,
): tf.Tensor4D => {
  const bias = alibiBias(heads, query.shape[1], keyValue.shape[1]);
  return mask ? tf.add(mask, bias) : bias;
};
