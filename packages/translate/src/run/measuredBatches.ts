import { Batches } from '../data/batches';
import { encodeCorpus, encodeText } from '../data/encodeCorpus';
import { TextBatches } from '../data/textBatches';
import type { Bpe } from '../subwords/bpe';
import { bothSides, type Vocabularies } from '../subwords/vocabularies';
import type { SentencePair } from '../text/sentencePair';

const longestOf = (offsets: Float64Array): number => {
  let longest = 1;
  for (let i = 1; i < offsets.length; i++) longest = Math.max(longest, offsets[i]! - offsets[i - 1]!);
  return longest;
};

/** Pairs that a model is measured on, whole: the longest sentences too. */
export const measuredPairs = (
  pairs: readonly SentencePair[],
  vocabulary: Bpe | Vocabularies,
  maxTokens: number,
): Batches => {
  const { pad, eos } = bothSides(vocabulary, 'vocabulary').target;
  const corpus = encodeCorpus(pairs, vocabulary);
  const longest = Math.max(longestOf(corpus.source.offsets), longestOf(corpus.target.offsets));
  const most = Math.max(maxTokens, longest + 1);
  return new Batches(corpus, {
    maxTokens: most,
    maxLength: most - 1,
    shuffle: false,
    special: { pad, eos },
  });
};

/** Running text that a language model is measured on, in blocks of `length` tokens. */
export const measuredText = (
  texts: readonly string[],
  vocabulary: Bpe,
  { length, maxTokens }: { readonly length: number; readonly maxTokens: number },
): TextBatches => {
  const { pad, eos } = vocabulary;
  const batchSize = Math.max(1, Math.floor(maxTokens / length));
  return new TextBatches(encodeText(texts, vocabulary), {
    length,
    batchSize,
    special: { pad, eos },
    shuffle: false,
  });
};
