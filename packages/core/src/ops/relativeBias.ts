import * as tf from '@tensorflow/tfjs';
import { embedding } from './embedding';

export interface RelativeBuckets {
  readonly buckets: number;
  /** From this distance on all share the last bucket. */
  readonly maxDistance: number;
  /** Whether keys ahead of the query are never seen, so that the buckets are all for those behind. */
  readonly causal: boolean;
}

/**
 * The bucket of a key `ahead` positions after its query (Raffel et al. 2020, section 2.1). Of n buckets the first
 * e = floor(n / 2) hold one distance each; distance d >= e goes to e + floor((n - e) ln(d / e) / ln(maxDistance / e)),
 * at most n - 1. Where both sides are seen each has n = buckets / 2, those ahead in the second half.
 */
export const relativeBucket = (ahead: number, { buckets, maxDistance, causal }: RelativeBuckets): number => {
  const side = causal ? buckets : buckets / 2;
  const start = !causal && ahead > 0 ? side : 0;
  const distance = causal ? Math.max(-ahead, 0) : Math.abs(ahead);
  const exact = Math.floor(side / 2);
  if (distance < exact) return start + distance;
  const along = Math.log(distance / exact) / Math.log(maxDistance / exact);
  return start + Math.min(side - 1, exact + Math.floor((side - exact) * along));
};

/**
 * The trained bias of every query, the last of them at the last key, towards every key: table [buckets, H] to
 * [1, H, Tq, Tk].
 */
export const relativeBias = (
  table: tf.Tensor2D,
  queries: number,
  keys: number,
  options: RelativeBuckets,
): tf.Tensor4D =>
  tf.tidy(() => {
    const rows = Int32Array.from({ length: queries * keys }, (_, at) => {
      const [query, key] = [Math.floor(at / keys) + keys - queries, at % keys];
      return relativeBucket(key - query, options);
    });
    const bias = embedding(tf.tensor2d(rows, [queries, keys], 'int32'), table); // [Tq, Tk, H]
    return tf.reshape(tf.transpose(bias, [2, 0, 1]), [1, table.shape[1], queries, keys]);
  });
