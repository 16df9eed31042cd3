import {
  check,
  fields,
  finite,
  flag,
  invalidArgument,
  parseAs,
  permutation,
  type RandomStream,
  randomStream,
  SteadyformerError,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import type { SchemasOf } from '../checks/schemas';
import type { Settings } from '../settings/settings';
import { SPECIAL_IDS } from '../subwords/special';
import type { TokenBatch } from './batch';
import { isTokenLists } from './checkParallel';
import { allocateIds, countSentences, type TokenLists, tokensAt } from './encodeCorpus';
import { Epochs } from './epochs';
import { fingerprint } from './fingerprint';
import { type SpecialIds, specialIds } from './specialIds';

/** Options of `TextBatches`. */
export interface TextBatchesOptions {
  /** Tokens of a block; the last block of the text may be shorter. Default 256. */
  readonly length?: number;
  /** Blocks of a batch; the last batch of an epoch may have fewer. Default 16. */
  readonly batchSize?: number;
  /** Whether each epoch mixes the blocks anew. Default true; without, they come in the order of the text. */
  readonly shuffle?: boolean;
  /** Seed of the shuffle. Default 1. */
  readonly seed?: number;
  /** Ids of padding and end. Default: those of `Bpe`. */
  readonly special?: SpecialIds;
}

const optionFields = () =>
  fields({
    length: v.optional(whole(), 256),
    batchSize: v.optional(whole(), 16),
    shuffle: v.optional(flag(), true),
    seed: v.optional(finite(), 1),
    special: v.optional(specialIds(), SPECIAL_IDS),
  } satisfies SchemasOf<TextBatchesOptions>);

/** The documents end to end, each with eos after it. */
const joined = (documents: TokenLists, { pad, eos }: SpecialIds): Int32Array => {
  const count = countSentences(documents);
  const stream = allocateIds(documents.ids.length + count, 'TextBatches');
  let end = 0;
  for (let i = 0; i < count; i++) {
    const ids = tokensAt(documents, i);
    // A pad in the text would be read and never predicted.
    const wrong = ids.findIndex((id) => id === pad || id < 0);
    if (wrong >= 0) {
      throw invalidArgument({
        what: `TextBatches: token ${wrong} of document ${i}`,
        received: ids[wrong],
        allowed: `whole numbers >= 0 other than the pad, ${pad}`,
      });
    }
    stream.set(ids, end);
    end += ids.length;
    stream[end++] = eos;
  }
  if (end > count) return stream.subarray(0, end);
  throw new SteadyformerError(`TextBatches: ${count} documents without a token. Pass at least one token.`);
};

/**
 * Batches of running text for language models: the documents are joined, eos after each, and the stream is cut into
 * blocks of `length` tokens. What the model sees of a block is the stream one token earlier (eos before the first), so
 * every token, each eos too, is predicted once an epoch. Every batch is a pure function of (seed, epoch, index), and
 * every epoch has the same number of batches. `source` of a batch is `targetInput`; `indices` are its blocks.
 */
export class TextBatches extends Epochs<TokenBatch> {
  /** Batches in each epoch. */
  readonly count: number;
  /** Blocks in each epoch. */
  readonly blocks: number;
  /** Tokens predicted in each epoch, eos included. */
  readonly tokens: number;
  private readonly stream: Int32Array;
  private readonly options: Required<TextBatchesOptions>;
  private print: string | undefined;
  private latest: { readonly epoch: number; readonly order: Uint32Array } | undefined;
  private readonly random: RandomStream | undefined;

  /**
   * @param documents documents or lines as token ids, without end, as `encodeText` or `packTokens` gives them
   * @throws SteadyformerError on unknown options, values out of range, a pad in the text, or no token at all
   */
  constructor(documents: TokenLists, options: TextBatchesOptions = {}) {
    super();
    const parsed = parseAs(optionFields(), options, 'TextBatches');
    const { pad, eos } = parsed.special;
    this.options = { ...parsed, special: { pad, eos } };
    const allowed = '{ ids, offsets } as encodeText or packTokens gives it';
    check(isTokenLists(documents), 'TextBatches documents', documents, allowed);
    this.stream = joined(documents, parsed.special);
    this.tokens = this.stream.length;
    this.blocks = Math.ceil(this.tokens / parsed.length);
    this.count = Math.ceil(this.blocks / parsed.batchSize);
    this.random = parsed.shuffle ? randomStream(parsed.seed).fork('text') : undefined;
  }

  /**
   * Batch `index` of `epoch`, both counted from 0.
   *
   * @throws SteadyformerError where the epoch has no such batch.
   */
  batchAt(epoch: number, index: number): TokenBatch {
    this.checkPlace(epoch, index);
    const { length, batchSize, special } = this.options;
    const { pad, eos } = special;
    const indices = Int32Array.from(this.orderOf(epoch).subarray(index * batchSize, (index + 1) * batchSize));
    const rows = Array.from(indices, (block) => this.stream.subarray(block * length, (block + 1) * length));
    const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
    const targetInput = new Int32Array(rows.length * width).fill(pad);
    const targetOutput = targetInput.slice();
    let targetTokens = 0;
    for (const [i, row] of rows.entries()) {
      targetInput[i * width] = this.stream[indices[i]! * length - 1] ?? eos;
      targetInput.set(row.subarray(0, -1), i * width + 1);
      targetOutput.set(row, i * width);
      targetTokens += row.length;
    }
    const shape = [rows.length, width] as const;
    return {
      source: targetInput,
      sourceShape: shape,
      targetInput,
      targetOutput,
      targetShape: shape,
      sourceTokens: targetTokens,
      targetTokens,
      pad,
      indices,
    };
  }

  /** What decides which batches come: the options, and a fingerprint of the text. */
  get settings(): Settings {
    const { special, ...rest } = this.options;
    this.print ??= fingerprint([this.stream]);
    return { corpus: this.print, ...rest, special: { ...special } };
  }

  private orderOf(epoch: number): Uint32Array {
    if (this.latest?.epoch !== epoch) {
      const order = this.random
        ? permutation(this.random.fork(epoch), this.blocks)
        : Uint32Array.from({ length: this.blocks }, (_, i) => i);
      this.latest = { epoch, order };
    }
    return this.latest.order;
  }
}
