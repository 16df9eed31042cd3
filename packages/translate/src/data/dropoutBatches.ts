import type { RandomStream } from '@steadyformer/core';
import type { Bpe } from '../subwords/bpe';
import { bothSides, type Vocabularies } from '../subwords/vocabularies';
import type { SentencePair } from '../text/sentencePair';
import { Batches, type BatchesOptions, chosenOptions } from './batches';
import {
  countSentences,
  type EncodedCorpus,
  encodeCorpus,
  packTokens,
  type TokenLists,
  tokensAt,
} from './encodeCorpus';
import { type Encoded, EncodedAnew, takeDropout } from './encodedAnew';

/** Options of `DropoutBatches`. */
export interface DropoutBatchesOptions extends BatchesOptions {
  /** Rate of BPE-dropout. Its draws, like the shuffle, come from `seed`. */
  readonly dropout: number;
}

/** Sentences that dropout did not make longer than `most`; instead of others, how they are without. */
const within = (most: number, drawn: TokenLists, plain: TokenLists): TokenLists =>
  packTokens(
    Array.from({ length: countSentences(plain) }, (_, i) => {
      const [ids, without] = [tokensAt(drawn, i), tokensAt(plain, i)];
      return ids.length > most || without.length > most ? without : ids;
    }),
  );

/**
 * `Batches` of sentence pairs that every epoch cuts into subwords anew. Every batch is a pure function of (seed, epoch,
 * index). Lengths differ between epochs, and numbers of batches with them (`batchesIn`); no batch has more than
 * `maxTokens`. The pairs left out are those that are too long without dropout: one that only dropout makes longer than
 * `maxLength` is, in that epoch, taken without. With dropout 0 the batches are those of `Batches`.
 */
export class DropoutBatches extends EncodedAnew {
  /** Sentence pairs in each epoch. */
  readonly sentences: number;
  /** Pairs left out: longer than `maxLength`, or without a token on a side. */
  readonly dropped: number;
  private readonly options: Required<BatchesOptions>;
  private readonly corpus: EncodedCorpus;
  private readonly pairs: readonly SentencePair[];

  /** @throws SteadyformerError as `encodeCorpus` and `Batches` do, and on a rate out of range */
  constructor(
    pairs: readonly SentencePair[],
    private readonly vocabulary: Bpe | Vocabularies,
    options: DropoutBatchesOptions,
  ) {
    const [dropout, rest] = takeDropout(options, 'DropoutBatches');
    const chosen = chosenOptions(rest);
    const corpus = encodeCorpus(pairs, vocabulary);
    const plain = new Batches(corpus, chosen);
    const { source, target } = bothSides(vocabulary, 'DropoutBatches vocabulary');
    super(plain, dropout, chosen.seed, source === target ? [source] : [source, target]);
    this.options = chosen;
    this.corpus = corpus;
    this.pairs = [...pairs];
    this.sentences = plain.sentences;
    this.dropped = plain.dropped;
  }

  protected encoded(random: RandomStream): Encoded {
    const { corpus, pairs, vocabulary, dropout } = this;
    const { maxLength } = this.options;
    const { source, target } = encodeCorpus(pairs, vocabulary, { dropout, random });
    return new Batches(
      {
        source: within(maxLength, source, corpus.source),
        target: within(maxLength, target, corpus.target),
      },
      this.options,
    );
  }
}
