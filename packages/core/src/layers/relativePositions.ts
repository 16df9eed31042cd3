import { check, checkInteger, checkOptions } from '../checks/errors';
import { relativeBias } from '../ops/relativeBias';
import type { PositionScheme } from './attentionPositions';
import { normalParameter } from './initializers';

/** Options of `relativePositions`. */
export interface RelativeOptions {
  /** Buckets of distances, an even number; of both directions together where the future is seen. Default 32. */
  readonly buckets?: number;
  /** The distance from which on all keys share a bucket, above buckets / 2. Default 128. */
  readonly maxDistance?: number;
}

/**
 * A trained bias of the scores by the distance of key and query, one number a head and bucket of distances, from
 * N(0, 1 / D), where learned positions start too (Raffel et al. 2020, section 2.1). T5 shares the table among the layers
 * of a stack; here every self-attention has its own.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 */
export const relativePositions = (options: RelativeOptions = {}): PositionScheme => {
  const what = 'self-attention positions';
  checkOptions(options, ['buckets', 'maxDistance'], what);
  const buckets = checkInteger(`${what}.buckets`, options.buckets ?? 32, 4);
  check(buckets % 2 === 0, `${what}.buckets`, buckets, 'even numbers >= 4');
  const maxDistance = checkInteger(`${what}.maxDistance`, options.maxDistance ?? 128, buckets / 2 + 1);
  return {
    name: 'relative',
    make: ({ heads, width, causal, random }) => {
      const table = normalParameter(random.fork('relativeTable'), buckets, heads, 1 / Math.sqrt(width));
      const sizes = { buckets, maxDistance, causal };
      return { table, bias: (queries, keys) => relativeBias(table.value, queries, keys, sizes) };
    },
  };
};
