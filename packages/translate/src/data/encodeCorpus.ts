import {
  checkList,
  checkText,
  checkTexts,
  invalidArgument,
  parseAs,
  type RandomStream,
  SteadyformerError,
} from '@steadyformer/core';
import type { Bpe } from '../subwords/bpe';
import { bpe } from '../subwords/bpeSchema';
import { encodeSettings } from '../subwords/encodeSettings';
import { bothSides, type Vocabularies } from '../subwords/vocabularies';
import type { SentencePair } from '../text/sentencePair';
import { checkIdList, checkIds } from './tokenIds';

/** Sentences as token ids, end to end: sentence i is `ids[offsets[i]]` to `ids[offsets[i + 1] - 1]`. */
export interface TokenLists {
  readonly ids: Int32Array;
  /** One more than there are sentences. Doubles: a large corpus has more tokens than 2^31. */
  readonly offsets: Float64Array;
}

/** Sentence pairs as token ids, without begin, end or padding. */
export interface EncodedCorpus {
  readonly source: TokenLists;
  readonly target: TokenLists;
}

/** Options of `encodeCorpus`. */
export interface EncodeCorpusOptions {
  /** Rate of BPE-dropout (0 for none). Default 0. */
  readonly dropout?: number;
  /** Source of its draws; sentence i of a side draws from a child stream of its own. */
  readonly random?: RandomStream;
  /** Told every character that is not in the vocabulary. */
  readonly onUnknown?: (character: string) => void;
}

/** Where each of the lists begins that are laid end to end, and the end. */
export const offsetsOf = (lists: readonly { readonly length: number }[]): Float64Array => {
  const offsets = new Float64Array(lists.length + 1);
  for (const [i, { length }] of lists.entries()) offsets[i + 1] = offsets[i]! + length;
  return offsets;
};

/**
 * Lays lists of token ids end to end.
 *
 * @throws SteadyformerError where the memory cannot be had: 4 bytes a token
 */
export const packTokens = (sentences: readonly ArrayLike<number>[]): TokenLists => {
  checkList('packTokens() sentences', sentences, 'a list of lists of token ids');
  for (const [i, sentence] of sentences.entries()) checkIdList(`packTokens() sentences[${i}]`, sentence);
  const offsets = offsetsOf(sentences);
  const ids = allocateIds(offsets[sentences.length]!, 'packTokens');
  for (const [i, sentence] of sentences.entries()) {
    if (!(sentence instanceof Int32Array)) {
      checkIds(sentence, (token) => `packTokens: token ${token} of sentence ${i}`);
    }
    ids.set(sentence, offsets[i]!);
  }
  return { ids, offsets };
};

/** Room for token ids. @throws SteadyformerError, in the name of `where`, where it cannot be had */
export const allocateIds = (tokens: number, where: string): Int32Array => {
  try {
    return new Int32Array(tokens);
  } catch (error) {
    throw new SteadyformerError(
      `${where}: ${tokens} tokens need ${(tokens / 2 ** 28).toFixed(1)} GiB in one array, which cannot be had. ` +
        'Train on parts of the corpus, one after the other.',
      { cause: error },
    );
  }
};

/** The token ids of sentence `index`, as a view. @throws SteadyformerError where there is no such sentence. */
export const tokensAt = ({ ids, offsets }: TokenLists, index: number): Int32Array => {
  const [from, to] = [offsets[index], offsets[index + 1]];
  if (from !== undefined && to !== undefined) return ids.subarray(from, to);
  const allowed = `whole numbers below ${offsets.length - 1}, the sentences there are`;
  throw invalidArgument({ what: 'tokensAt() index', received: index, allowed });
};

/** Number of sentences. */
export const countSentences = ({ offsets }: TokenLists): number => offsets.length - 1;

/**
 * Encodes sentence pairs, with one joint vocabulary or one a side, after the vocabulary's normalisation.
 *
 * @throws SteadyformerError on an unknown option, or dropout without `random`.
 */
export const encodeCorpus = (
  pairs: readonly SentencePair[],
  vocabulary: Bpe | Vocabularies,
  options: EncodeCorpusOptions = {},
): EncodedCorpus => {
  const settings = encodeSettings(options, 'encodeCorpus()');
  checkList('encodeCorpus() pairs', pairs, 'a list of { source, target }');
  const { source, target } = bothSides(vocabulary, 'encodeCorpus() vocabulary');
  const encodeSide = (side: 'source' | 'target', own: Bpe): TokenLists =>
    encodeEach(
      pairs.map((pair, i) => checkText(`encodeCorpus() pairs[${i}].${side}`, pair?.[side])),
      own,
      settings.random ? { ...settings, random: settings.random.fork(side) } : settings,
    );
  return { source: encodeSide('source', source), target: encodeSide('target', target) };
};

/** Encodes texts, after the vocabulary's normalisation; text i draws from child stream i. */
const encodeEach = (
  texts: readonly string[],
  vocabulary: Bpe,
  { random, ...rest }: EncodeCorpusOptions,
): TokenLists => {
  // Checking options takes longer than encoding a short text does.
  const options = Object.keys(rest).length > 0 ? rest : undefined;
  return packTokens(
    texts.map((text, i) =>
      vocabulary.encode(vocabulary.normalise(text), random ? { ...rest, random: random.fork(i) } : options),
    ),
  );
};

/**
 * Encodes running text, such as the documents or the lines of a language model's corpus, after the vocabulary's
 * normalisation.
 *
 * @throws SteadyformerError on what is no text, an unknown option, or dropout without `random`.
 */
export const encodeText = (
  texts: readonly string[],
  vocabulary: Bpe,
  options: EncodeCorpusOptions = {},
): TokenLists => {
  const settings = encodeSettings(options, 'encodeText()');
  parseAs(bpe(), vocabulary, 'encodeText() vocabulary');
  return encodeEach(checkTexts('encodeText() texts', texts), vocabulary, settings);
};
