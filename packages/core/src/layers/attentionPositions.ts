import * as tf from '@tensorflow/tfjs';
import { checkOneOf, invalidArgument } from '../errors';
import { alibiBias } from '../ops/alibi';
import { rotary } from '../ops/rotary';

/** Positions that self-attention itself knows: rotary (Su et al. 2021) or ALiBi (Press et al. 2022). */
export type AttentionPositions = 'rotary' | 'alibi';

/** Throws on an unknown kind, and on heads whose features cannot be turned in pairs. */
export const checkedPositions = (
  positions: AttentionPositions | undefined,
  headWidth: number,
): AttentionPositions | undefined => {
  if (positions === undefined) return undefined;
  checkOneOf('self-attention positions', positions, ['rotary', 'alibi']);
  if (positions === 'rotary' && headWidth % 2 !== 0) {
    throw invalidArgument({
      what: "features of a head with positions 'rotary'",
      received: headWidth,
      allowed: 'even numbers',
      next: 'Choose heads so that width / heads is even.',
    });
  }
  return positions;
};

/** Queries and keys of packed [B, T, (H + 2 G) Dh] turned by their positions, the first at `start`. */
export const withTurns = (packed: tf.Tensor3D, heads: number, groups: number, start: number): tf.Tensor3D => {
  const depth = packed.shape[2] / (heads + 2 * groups);
  const [queryKey, value] = tf.split<tf.Tensor3D>(packed, [(heads + groups) * depth, groups * depth], 2);
  return tf.concat([rotary(queryKey!, heads + groups, start), value!], 2);
};

/** A mask with ALiBi's bias added: [1 | B, H, Tq, Tk]. */
export const withBias = (
  { mask }: { readonly mask?: tf.Tensor4D },
  heads: number,
  query: tf.Tensor3D,
  keyValue: tf.Tensor3D,
): { readonly mask: tf.Tensor4D } => {
  const bias = alibiBias(heads, query.shape[1], keyValue.shape[1]);
  return { mask: mask ? tf.add<tf.Tensor4D>(mask, bias) : bias };
};
