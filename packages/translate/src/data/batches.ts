import {
  fields,
  finite,
  flag,
  invalidArgument,
  parseAs,
  type RandomStream,
  randomStream,
  SteadyformerError,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import type { SchemasOf } from '../checks/schemas';
import type { Settings } from '../settings/settings';
import { SPECIAL_IDS } from '../subwords/special';
import { makeBatch, type TokenBatch } from './batch';
import { type BatchPlan, type EpochOrder, orderEpoch, planBatches } from './batchPlan';
import { checkParallel } from './checkParallel';
import type { EncodedCorpus } from './encodeCorpus';
import { Epochs } from './epochs';
import { fingerprint } from './fingerprint';
import { type SpecialIds, specialIds } from './specialIds';

/** Options of `Batches`. */
export interface BatchesOptions {
  /** Most tokens of a padded batch: sentences times the longer of source and target, eos included. Default 4096. */
  readonly maxTokens?: number;
  /** Most sentence pairs of a batch. Default: no limit. */
  readonly maxSentences?: number;
  /** Pairs with more tokens on a side, eos not counted, are left out. Default 256, or what `maxTokens` holds. */
  readonly maxLength?: number;
  /**
   * Sentences whose longer sides agree when rounded up to a multiple of this are mixed at random. A wider bucket mixes
   * more and pads more. Default 1.
   */
  readonly bucketWidth?: number;
  /** Whether each epoch mixes sentences and batches anew. Default true; without, all epochs are the same. */
  readonly shuffle?: boolean;
  /** Seed of the shuffle. Default 1. */
  readonly seed?: number;
  /** Ids of padding and end. Default: those of `Bpe`. */
  readonly special?: SpecialIds;
}

const optionFields = () =>
  fields({
    maxTokens: v.optional(whole(2), 4096),
    maxSentences: v.optional(whole(), Number.MAX_SAFE_INTEGER),
    maxLength: v.optional(whole()),
    bucketWidth: v.optional(whole(), 1),
    shuffle: v.optional(flag(), true),
    seed: v.optional(finite(), 1),
    special: v.optional(specialIds(), SPECIAL_IDS),
  } satisfies SchemasOf<BatchesOptions>);

/** What to do where no pair fits. */
export const FITTING = 'Raise maxTokens, and maxLength with it, or bring shorter sentences.';

/** The options, checked, with their defaults. */
export const chosenOptions = (options: BatchesOptions): Required<BatchesOptions> => {
  const parsed = parseAs(optionFields(), options, 'Batches');
  const { maxTokens, maxLength = Math.min(256, maxTokens - 1), special } = parsed;
  const { pad, eos } = special;
  if (maxLength < maxTokens) return { ...parsed, maxLength, special: { pad, eos } };
  throw invalidArgument({
    what: 'maxLength',
    received: maxLength,
    allowed: `less than maxTokens (${maxTokens}), so that a batch holds the longest sentence and its end`,
  });
};

/**
 * Token-budget batches of similar lengths. Every batch is a pure function of (seed, epoch, index), so a position is two
 * numbers, and a run continues from one exactly as it would have gone on. Every epoch has the same number of batches
 * and holds every sentence that is not left out once.
 */
export class Batches extends Epochs<TokenBatch> {
  /** Batches in each epoch. */
  readonly count: number;
  /** Sentence pairs in each epoch. */
  readonly sentences: number;
  /** Pairs left out: longer than `maxLength`, or without a token on a side. */
  readonly dropped: number;
  private readonly plan: BatchPlan;
  private readonly random: RandomStream | undefined;
  private readonly chosen: Required<BatchesOptions>;
  private corpusPrint: string | undefined;
  private latest: { readonly epoch: number; readonly orders: EpochOrder } | undefined;

  /** @throws SteadyformerError on unknown options, values out of range, or where no pair is left. */
  constructor(
    private readonly corpus: EncodedCorpus,
    options: BatchesOptions = {},
  ) {
    super();
    this.chosen = chosenOptions(options);
    const { maxLength, shuffle, seed } = this.chosen;
    const total = checkParallel(corpus, 'Batches');
    this.plan = planBatches(corpus, this.chosen);
    this.sentences = this.plan.order.length;
    this.dropped = total - this.sentences;
    this.count = this.plan.batches.length - 1;
    if (this.sentences === 0) {
      throw new SteadyformerError(
        `Batches: of ${total} sentence pairs none has 1 to ${maxLength} tokens a side. ${FITTING}`,
      );
    }
    this.random = shuffle ? randomStream(seed).fork('batches') : undefined;
  }

  /**
   * Batch `index` of `epoch`, both counted from 0.
   *
   * @throws SteadyformerError where the epoch has no such batch.
   */
  batchAt(epoch: number, index: number): TokenBatch {
    this.checkPlace(epoch, index);
    const { order, batches } = this.ordersOf(epoch);
    const batch = batches[index]!;
    const indices = order.subarray(this.plan.batches[batch], this.plan.batches[batch + 1]);
    return makeBatch(this.corpus, indices, this.chosen.special);
  }

  /** What decides which batches come: the options, and a fingerprint of the corpus. */
  get settings(): Settings {
    const { source, target } = this.corpus;
    this.corpusPrint ??= fingerprint([source.offsets, source.ids, target.offsets, target.ids]);
    return { corpus: this.corpusPrint, ...this.chosen, special: { ...this.chosen.special } };
  }

  private ordersOf(epoch: number): EpochOrder {
    if (this.latest?.epoch !== epoch) {
      this.latest = { epoch, orders: orderEpoch(this.plan, this.random?.fork(epoch)) };
    }
    return this.latest.orders;
  }
}
