import { invalidArgument } from '@steadyformer/core';
import type { Bpe } from '../subwords/bpe';

/** A sentence to be translated. */
export interface EncodedSource {
  /** Its place among the sentences given. */
  readonly index: number;
  /** Its tokens, the end included. */
  readonly ids: readonly number[];
}

/** Most tokens a sentence may have, the end included, and why. */
export interface SourceLimit {
  readonly longest: number;
  readonly because: string;
}

/** That, of a model with so many learned positions, if it has such. */
export const sourceLimit = (maxSourceLength: number, positions: number | undefined): SourceLimit =>
  positions !== undefined && positions <= maxSourceLength
    ? { longest: positions, because: 'the learned positions of the model' }
    : { longest: maxSourceLength, because: 'maxSourceLength' };

/** Nothing but spaces, controls and marks that show nothing of themselves. */
const BLANK = /^[\s\p{Z}\p{Cc}\p{Cf}]*$/u;

const SHOWN = 40;

const shortened = (text: string): string => {
  const characters = Array.from(text.slice(0, 2 * SHOWN));
  return characters.length > SHOWN ? `${characters.slice(0, SHOWN).join('')}...` : text;
};

/**
 * The sentences that say something, normalised as the vocabulary's training text was, as token ids. Messages count them
 * from `first`.
 *
 * @throws SteadyformerError where one is no text, or has too many tokens, naming it.
 */
export const encodeSources = (
  sentences: readonly string[],
  vocabulary: Bpe,
  limit: SourceLimit,
  first = 0,
): EncodedSource[] =>
  encodeTexts(sentences, vocabulary, limit, 'sentences', first).flatMap((ids, index) =>
    BLANK.test(sentences[index]!) || ids.length === 1 ? [] : [{ index, ids }],
  );

/**
 * Texts, normalised as the vocabulary's training text was, as token ids, the end last.
 *
 * @throws SteadyformerError where one is no text, or has too many tokens, naming it.
 */
export const encodeTexts = (
  texts: readonly string[],
  vocabulary: Bpe,
  { longest, because }: SourceLimit,
  name: string,
  first = 0,
): number[][] => {
  if (!Array.isArray(texts)) {
    throw invalidArgument({ what: name, received: typeof texts, allowed: 'a list of texts' });
  }
  return texts.map((text: unknown, index) => {
    const what = `${name}[${first + index}]`;
    if (typeof text !== 'string') throw invalidArgument({ what, received: typeof text, allowed: 'texts' });
    const ids = BLANK.test(text) ? [] : vocabulary.encode(vocabulary.normalise(text));
    if (ids.length + 1 > longest) {
      throw invalidArgument({
        what: `tokens of ${what} ('${shortened(text)}'), the end included`,
        received: ids.length + 1,
        allowed: `up to ${longest}, ${because}`,
        next: 'Split the text into sentences.',
      });
    }
    return [...ids, vocabulary.eos];
  });
};

/** Fewest tokens of a group that is smaller only so that no worker waits for another: small ones cost more time. */
const LEAST_TOKENS = 256;

/**
 * Longest first, so that memory is asked for once; groups of at most `maxTokens` padded tokens, and for several workers of at most
 * half of each one's share of what is left: the last groups are small, so that all are done at about the same time.
 */
export const groupByLength = <Source extends EncodedSource>(
  sources: readonly Source[],
  maxTokens: number,
  workers = 1,
): Source[][] => {
  const sorted = [...sources].sort((a, b) => b.ids.length - a.ids.length || a.index - b.index);
  const groups: Source[][] = [];
  let left = sorted.reduce((sum, { ids }) => sum + ids.length, 0);
  let most = maxTokens;
  for (const source of sorted) {
    const group = groups.at(-1);
    if (group && (group.length + 1) * group[0]!.ids.length <= most) group.push(source);
    else {
      groups.push([source]);
      if (workers > 1) most = Math.min(maxTokens, Math.max(LEAST_TOKENS, Math.ceil(left / (2 * workers))));
    }
    left -= source.ids.length;
  }
  return groups;
};
