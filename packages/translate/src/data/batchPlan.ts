import { permutation, type RandomStream } from '@steadyformer/core';
import { countSentences, type EncodedCorpus, type TokenLists } from './encodeCorpus';

/** Which sentences stand in which bucket and batch, before any shuffle. */
export interface BatchPlan {
  /** The sentences that are kept, by bucket, short ones first, in corpus order inside each. */
  readonly order: Int32Array;
  /** Places in `order` at which buckets begin, and the end. */
  readonly buckets: readonly number[];
  /** Places in `order` at which batches begin, and the end. */
  readonly batches: readonly number[];
}

export interface BatchLimits {
  readonly maxTokens: number;
  readonly maxSentences: number;
  readonly maxLength: number;
  readonly bucketWidth: number;
}

const lengthAt = ({ offsets }: TokenLists, i: number): number => offsets[i + 1]! - offsets[i]!;

/**
 * Sorts sentence pairs into buckets by their longer side and cuts the order into batches. A bucket's bound stands for
 * the length of each of its sentences; so the cuts hold for every order inside the buckets.
 */
export const planBatches = (
  { source, target }: EncodedCorpus,
  { maxTokens, maxSentences, maxLength, bucketWidth }: BatchLimits,
): BatchPlan => {
  const total = countSentences(source);
  const bounds = new Int32Array(total);
  const kept: number[] = [];
  for (let i = 0; i < total; i++) {
    const [m, n] = [lengthAt(source, i), lengthAt(target, i)];
    if (Math.min(m, n) === 0 || Math.max(m, n) > maxLength) continue;
    const bound = Math.ceil((Math.max(m, n) + 1) / bucketWidth) * bucketWidth;
    bounds[i] = Math.min(bound, maxLength + 1);
    kept.push(i);
  }
  const order = Int32Array.from(kept).sort((a, b) => bounds[a]! - bounds[b]! || a - b);
  const buckets: number[] = [];
  const batches: number[] = [];
  for (const [place, i] of order.entries()) {
    const bound = bounds[i]!;
    if (place === 0 || bound !== bounds[order[place - 1]!]) buckets.push(place);
    const size = place + 1 - (batches.at(-1) ?? 0);
    if (place === 0 || size > maxSentences || size * bound > maxTokens) batches.push(place);
  }
  return { order, buckets: [...buckets, order.length], batches: [...batches, order.length] };
};

/** The order of sentences and the order of batches of one epoch. */
export interface EpochOrder {
  readonly order: Int32Array;
  readonly batches: Uint32Array;
}

/** Mixes the sentences inside each bucket, and the batches; without `random`, leaves both as they are. */
export const orderEpoch = ({ order, buckets, batches }: BatchPlan, random?: RandomStream): EpochOrder => {
  const count = batches.length - 1;
  if (!random) return { order, batches: Uint32Array.from({ length: count }, (_, i) => i) };
  const mixed = order.slice();
  for (const [bucket, start] of buckets.slice(0, -1).entries()) {
    const members = order.subarray(start, buckets[bucket + 1]);
    const places = permutation(random.fork(bucket), members.length);
    for (const [i, member] of places.entries()) mixed[start + i] = members[member]!;
  }
  return { order: mixed, batches: permutation(random.fork('order'), count) };
};
