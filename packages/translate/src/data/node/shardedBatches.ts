import { createHash } from 'node:crypto';
import {
  checkRecord,
  fields,
  parseAs,
  permutation,
  randomStream,
  SteadyformerError,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import { having } from '../../checks/schemas';
import type { Settings } from '../../settings/settings';
import type { TokenBatch } from '../batch';
import { Batches, type BatchesOptions, chosenOptions, FITTING } from '../batches';
import { planBatches } from '../batchPlan';
import type { EncodedCorpus, TokenLists } from '../encodeCorpus';
import { Epochs } from '../epochs';
import { SHARDS_PER_BLOCK } from '../shardsPerBlock';
import type { Shards } from './openShards';

/** Options of `ShardedBatches`. */
export interface ShardedBatchesOptions extends BatchesOptions {
  /** Shards in memory at a time, 4 bytes a token. Sentences are mixed among these. Default 8. */
  readonly shardsPerBlock?: number;
}

/** Shards that are in memory together. */
interface Block {
  readonly first: number;
  readonly end: number;
  /** Pairs before it. */
  readonly pairsBefore: number;
  /** Batches and kept sentences of each epoch. */
  readonly count: number;
  readonly sentences: number;
}

const joined = (parts: readonly TokenLists[]): TokenLists => {
  const ids = new Int32Array(parts.reduce((sum, part) => sum + part.ids.length, 0));
  const offsets = new Float64Array(1 + parts.reduce((sum, part) => sum + part.offsets.length - 1, 0));
  let [pairs, tokens, idsBefore] = [0, 0, 0];
  for (const part of parts) {
    ids.set(part.ids, idsBefore);
    idsBefore += part.ids.length;
    for (const end of part.offsets.subarray(1)) offsets[++pairs] = tokens + end;
    tokens = offsets[pairs]!;
  }
  return { ids, offsets };
};

const readBlock = (first: number, end: number, read: (shard: number) => EncodedCorpus): EncodedCorpus => {
  const parts = Array.from({ length: end - first }, (_, i) => read(first + i));
  return {
    source: joined(parts.map(({ source }) => source)),
    target: joined(parts.map(({ target }) => target)),
  };
};

/**
 * `Batches` of a corpus in files, of which one block of shards is in memory. Blocks are always the same shards; each
 * epoch mixes their order, and the sentences and batches inside each. Every batch is a pure function of (seed, epoch,
 * index); every sentence that is not left out comes once an epoch. With one block the batches are those of `Batches`.
 */
export class ShardedBatches extends Epochs<TokenBatch> {
  /** Batches in each epoch. */
  readonly count: number;
  /** Sentence pairs in each epoch. */
  readonly sentences: number;
  /** Pairs left out: longer than `maxLength`, or without a token on a side. */
  readonly dropped: number;
  /** What decides which batches come: the options, and a fingerprint of the shards. */
  readonly settings: Settings;
  private readonly blocks: readonly Block[];
  private readonly chosen: Required<BatchesOptions>;
  private latest: { readonly epoch: number; readonly order: readonly number[] } | undefined;
  private loaded: { readonly block: number; readonly batches: Batches } | undefined;

  /**
   * Reads the lengths of all sentences, not their tokens.
   *
   * @throws SteadyformerError on unknown options, values out of range, a damaged shard, or where no pair is left
   */
  constructor(
    private readonly shards: Shards,
    options: ShardedBatchesOptions = {},
  ) {
    super();
    const methods = having<Shards>(['read', 'readLengths'], 'shards, such as await openShards(folder)');
    parseAs(methods, shards, 'ShardedBatches shards');
    checkRecord('ShardedBatches', options, 'an object of options');
    const { shardsPerBlock: asked, ...rest } = options;
    const own = fields({ shardsPerBlock: v.optional(whole(), SHARDS_PER_BLOCK) });
    const { shardsPerBlock } = parseAs(
      own,
      asked === undefined ? {} : { shardsPerBlock: asked },
      'ShardedBatches',
    );
    this.chosen = chosenOptions(rest);
    const blocks: Block[] = [];
    let pairsBefore = 0;
    for (let first = 0; first < shards.shards; first += shardsPerBlock) {
      const end = Math.min(first + shardsPerBlock, shards.shards);
      const lengths = readBlock(first, end, (shard) => shards.readLengths(shard));
      const { order, batches } = planBatches(lengths, this.chosen);
      const sentences = order.length;
      if (sentences > 0) blocks.push({ first, end, pairsBefore, count: batches.length - 1, sentences });
      pairsBefore += lengths.source.offsets.length - 1;
    }
    this.blocks = blocks;
    this.count = blocks.reduce((sum, block) => sum + block.count, 0);
    this.sentences = blocks.reduce((sum, block) => sum + block.sentences, 0);
    this.dropped = pairsBefore - this.sentences;
    if (this.sentences === 0) {
      throw new SteadyformerError(
        `ShardedBatches: of ${pairsBefore} sentence pairs none has 1 to ${this.chosen.maxLength} tokens a side. ${FITTING}`,
      );
    }
    const hash = createHash('sha256').update(shards.entries.map(({ sha256 }) => sha256).join('\n'));
    this.settings = {
      corpus: hash.digest('hex'),
      shardsPerBlock,
      ...this.chosen,
      special: { ...this.chosen.special },
    };
  }

  /**
   * Batch `index` of `epoch`, both counted from 0; its `indices` count in the whole corpus.
   *
   * @throws SteadyformerError where the epoch has no such batch, or a shard is missing or damaged
   */
  batchAt(epoch: number, index: number): TokenBatch {
    this.checkPlace(epoch, index);
    let inBlock = index;
    for (const which of this.orderOf(epoch)) {
      const { count, pairsBefore } = this.blocks[which]!;
      if (inBlock < count) {
        const batch = this.batchesOf(which).batchAt(epoch, inBlock);
        return { ...batch, indices: batch.indices.map((i) => i + pairsBefore) };
      }
      inBlock -= count;
    }
    throw new SteadyformerError(`ShardedBatches: batch ${index} is in no block`);
  }

  private orderOf(epoch: number): readonly number[] {
    if (this.latest?.epoch !== epoch) {
      const { shuffle, seed } = this.chosen;
      const random = randomStream(seed).fork('blocks').fork(epoch);
      const order = shuffle ? [...permutation(random, this.blocks.length)] : [...this.blocks.keys()];
      this.latest = { epoch, order };
    }
    return this.latest!.order;
  }

  private batchesOf(which: number): Batches {
    if (this.loaded?.block !== which) {
      // The one before goes first: one block is in memory, not two.
      this.loaded = undefined;
      const { first, end } = this.blocks[which]!;
      const corpus = readBlock(first, end, (shard) => this.shards.read(shard));
      const { seed } = this.chosen;
      // Blocks of like lengths are not to be mixed alike.
      const own = which === 0 ? seed : randomStream(seed).fork('block').fork(which).uniform(1)[0]!;
      this.loaded = { block: which, batches: new Batches(corpus, { ...this.chosen, seed: own }) };
    }
    return this.loaded!.batches;
  }
}
