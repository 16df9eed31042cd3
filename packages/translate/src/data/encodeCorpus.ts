import {
  check,
  checkList,
  checkText,
  invalidArgument,
  type RandomStream,
  SteadyformerError,
} from '@steadyformer/core';
import type { Bpe } from '../subwords/bpe';
import { encodeSettings } from '../subwords/encodeSettings';
import { bothSides, type Vocabularies } from '../subwords/vocabularies';
import type { SentencePair } from '../text/sentencePair';

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
  for (const [i, sentence] of sentences.entries()) {
    const isList = typeof sentence === 'object' && Number.isSafeInteger(sentence?.length);
    check(isList, `packTokens() sentences[${i}]`, sentence, 'a list of token ids');
  }
  const offsets = offsetsOf(sentences);
  const ids = allocate(offsets[sentences.length]!);
  for (const [i, sentence] of sentences.entries()) {
    checkIds(sentence, i);
    ids.set(sentence, offsets[i]!);
  }
  return { ids, offsets };
};

const MOST = 2 ** 31 - 1;

/** Throws on what an Int32Array would change without a word. */
const checkIds = (sentence: ArrayLike<number>, index: number): void => {
  if (sentence instanceof Int32Array) return;
  for (let i = 0; i < sentence.length; i++) {
    const id = sentence[i];
    if (Number.isInteger(id) && id! >= 0 && id! <= MOST) continue;
    throw invalidArgument({
      what: `packTokens: token ${i} of sentence ${index}`,
      received: id,
      allowed: `whole numbers 0 to ${MOST}`,
    });
  }
};

const allocate = (tokens: number): Int32Array => {
  try {
    return new Int32Array(tokens);
  } catch (error) {
    throw new SteadyformerError(
      `packTokens: ${tokens} tokens need ${(tokens / 2 ** 28).toFixed(1)} GiB in one array, which cannot be had. ` +
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
  const { random, ...rest } = encodeSettings(options, 'encodeCorpus()');
  checkList('encodeCorpus() pairs', pairs, 'a list of { source, target }');
  const { source, target } = bothSides(vocabulary, 'encodeCorpus() vocabulary');
  const encodeSide = (side: 'source' | 'target'): TokenLists => {
    const bpe = side === 'source' ? source : target;
    const stream = random?.fork(side);
    return packTokens(
      pairs.map((pair, i) =>
        bpe.encode(bpe.normalise(checkText(`encodeCorpus() pairs[${i}].${side}`, pair?.[side])), {
          ...rest,
          ...(stream && { random: stream.fork(i) }),
        }),
      ),
    );
  };
  return { source: encodeSide('source'), target: encodeSide('target') };
};
