import { isRecord } from '@steadyformer/core';
import { Bpe } from '../subwords/bpe';
import { SPECIAL_TOKENS } from '../subwords/special';
import type { Vocabularies } from '../subwords/vocabularies';

const ofSize = (size: number): Bpe =>
  new Bpe({
    preTokenizer: 'whitespace',
    endOfWord: '</w>',
    tokens: Array.from({ length: size - SPECIAL_TOKENS.length }, (_, i) => `token ${i}`),
    merges: [],
  });

/** Vocabularies of a size and nothing else, for what only counts: their tokens are made up. */
export const assumedVocabulary = (
  size: number | { readonly source: number; readonly target: number },
  shared: boolean,
): Bpe | Vocabularies => {
  if (isRecord(size)) return { source: ofSize(size.source), target: ofSize(size.target) };
  return shared ? ofSize(size) : { source: ofSize(size), target: ofSize(size) };
};
