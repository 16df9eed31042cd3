import type { RandomStream } from '@steadyformer/core';
import type { Bpe } from '../subwords/bpe';
import { encodeText } from './encodeCorpus';
import { type Encoded, EncodedAnew, takeDropout } from './encodedAnew';
import { TextBatches, type TextBatchesOptions } from './textBatches';

/** Options of `DropoutTextBatches`. */
export interface DropoutTextBatchesOptions extends TextBatchesOptions {
  /** Rate of BPE-dropout. Its draws, like the shuffle, come from `seed`. */
  readonly dropout: number;
}

/**
 * `TextBatches` of documents that every epoch cuts into subwords anew. Every batch is a pure function of (seed, epoch,
 * index); epochs have different numbers of blocks (`batchesIn`). With dropout 0 the batches are those of `TextBatches`.
 */
export class DropoutTextBatches extends EncodedAnew {
  private readonly options: TextBatchesOptions;
  private readonly documents: readonly string[];

  /** @throws SteadyformerError as `encodeText` and `TextBatches` do, and on a rate out of range */
  constructor(
    documents: readonly string[],
    private readonly vocabulary: Bpe,
    options: DropoutTextBatchesOptions,
  ) {
    const [dropout, rest] = takeDropout(options, 'DropoutTextBatches');
    super(new TextBatches(encodeText(documents, vocabulary), rest), dropout, rest.seed ?? 1, [vocabulary]);
    this.options = rest;
    this.documents = [...documents];
  }

  protected encoded(random: RandomStream): Encoded {
    const { dropout, documents, vocabulary } = this;
    return new TextBatches(encodeText(documents, vocabulary, { dropout, random }), this.options);
  }
}
