import type * as tf from '@tensorflow/tfjs';
import { check } from '../checks/errors';

/** The mask. Throws where it does not fit scores [B, H, Tq, Tk]; fused kernels read it without looking. */
export const checkedMask = (
  mask: tf.Tensor4D | undefined,
  { batch, queries, keys }: { readonly batch: number; readonly queries: number; readonly keys: number },
  where: string,
): tf.Tensor4D | undefined => {
  if (!mask) return undefined;
  const [b, h, q, k] = mask.shape;
  const fits = mask.rank === 4 && b === batch && h === 1 && (q === 1 || q === queries) && k === keys;
  const allowed = `[${batch}, 1, ${queries === 1 ? '1' : `1 or ${queries}`}, ${keys}]`;
  const next = 'Its values are added to the scores: 0 where attention is allowed, MASKED where not.';
  check(fits, where, mask.shape, allowed, next);
  return mask;
};
