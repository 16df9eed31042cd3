import type * as tf from '@tensorflow/tfjs';
import { check } from '../errors';

/** Throws where a mask does not fit scores [B, H, Tq, Tk]; fused kernels read it without looking. */
const checkMask = (mask: tf.Tensor4D, batch: number, queries: number, keys: number, where: string): void => {
  const [b, h, q, k] = mask.shape;
  const fits = mask.rank === 4 && b === batch && h === 1 && (q === 1 || q === queries) && k === keys;
  const allowed = `[${batch}, 1, ${queries === 1 ? '1' : `1 or ${queries}`}, ${keys}]`;
  const next = 'Its values are added to the scores: 0 where attention is allowed, MASKED where not.';
  check(fits, where, mask.shape, allowed, next);
};

/** The mask as an input of the attention op, absent where there is none. Throws where its shape is wrong. */
export const checkedMask = (
  mask: tf.Tensor4D | undefined,
  query: tf.Tensor3D,
  keyValue: tf.Tensor3D,
  where: string,
): { readonly mask?: tf.Tensor4D } => {
  if (!mask) return {};
  checkMask(mask, query.shape[0], query.shape[1], keyValue.shape[1], where);
  return { mask };
};
