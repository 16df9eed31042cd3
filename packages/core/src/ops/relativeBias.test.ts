import { readFileSync } from 'node:fs';
import type * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { noise } from '../../testing/numbers';
import { type RelativeBuckets, relativeBias, relativeBucket } from './relativeBias';

// Written by fixtures/make_relative.py: transformers' T5.
const reference = JSON.parse(
  readFileSync(new URL('../../fixtures/relative.json', import.meta.url)).toString(),
) as { readonly from: number; readonly buckets: readonly (RelativeBuckets & { values: number[] })[] };

describe('relativeBucket', () => {
  it.each(reference.buckets)(
    "is T5's (causal $causal, $buckets to $maxDistance)",
    ({ values, ...options }) => {
      const found = values.map((_, i) => relativeBucket(reference.from + i, options));
      expect(found).toEqual(values);
      expect(new Set(found).size).toBeGreaterThanOrEqual(options.buckets - 1);
    },
  );
});

onBackends(() => {
  describe('relativeBias', () => {
    it.each([true, false])('gathers by bucket, and so do its gradients (causal: %s)', (causal) => {
      const [queries, keys, heads] = [3, 6, 2];
      const options = { buckets: 8, maxDistance: 6, causal };
      checkOp({
        inputs: [{ shape: [8, heads], data: noise(8 * heads, 1) }],
        op: (table) => relativeBias(table as tf.Tensor2D, queries, keys, options),
        formula: (table) =>
          Array.from({ length: heads * queries * keys }, (_, at) => {
            const [h, i, j] = [Math.floor(at / keys / queries), Math.floor(at / keys) % queries, at % keys];
            return table![relativeBucket(j - (i + keys - queries), options) * heads + h]!;
          }),
      });
    });
  });
});
