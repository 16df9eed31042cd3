import { anyRecord, checkTexts, parseAs, SteadyformerError } from '@steadyformer/core';
import * as v from 'valibot';
import { needed } from '../../checks/schemas';
import { Bpe } from '../../subwords/bpe';
import { parseMerge } from '../../subwords/bpeJson';
import { PRE_TOKENIZERS } from '../../subwords/preTokenizer';
import { SPECIAL_TOKENS } from '../../subwords/special';
import { NORMALISATIONS } from '../../text/normalise';
import { exportedTokenizer } from './tokenizerFiles';

const NEXT = 'Import a folder that steadyformer export wrote, or one whose tokenizer is such a BPE.';

/** Any keys beside those that are read: other releases write more of them. */
const tokenizerFields = () =>
  v.looseObject({
    model: needed(
      v.looseObject({
        type: needed(v.literal('BPE', "'BPE'")),
        vocab: needed(anyRecord('ids by token')),
        merges: needed(v.array(v.unknown(), 'a list of merges')),
      }),
    ),
  });

/** Tokens by id. @throws SteadyformerError where ids are not 0, 1, 2, ... in some order, or the special ones not first */
const tokensById = (vocab: Readonly<Record<string, unknown>>, file: string): string[] => {
  const tokens: string[] = [];
  const size = Object.keys(vocab).length;
  for (const [token, id] of Object.entries(vocab)) {
    if (
      !Number.isInteger(id) ||
      (id as number) < 0 ||
      (id as number) >= size ||
      tokens[id as number] !== undefined
    ) {
      throw new SteadyformerError(
        `${file}: the ids of its vocab are not 0 to ${size - 1}, each once. ${NEXT}`,
      );
    }
    tokens[id as number] = token;
  }
  const odd = SPECIAL_TOKENS.findIndex((token, id) => tokens[id] !== token);
  if (odd >= 0) {
    throw new SteadyformerError(
      `${file}: its token ${odd} is '${String(tokens[odd]).slice(0, 40)}', where this package has '${SPECIAL_TOKENS[odd]}'. ${NEXT}`,
    );
  }
  return tokens;
};

/** How text becomes pieces and pieces text: what two tokenizers of the same tokens can differ in. */
const mannersOf = (json: object): string => {
  const { normalizer, pre_tokenizer, decoder } = json as Record<string, unknown>;
  return JSON.stringify([normalizer, pre_tokenizer, decoder]);
};

/**
 * The vocabulary that a `tokenizer.json` was written from.
 *
 * @throws SteadyformerError where it is no BPE that works as one of ours does
 */
export const readTokenizer = (json: unknown, file: string): Bpe => {
  const { model } = parseAs(tokenizerFields(), json, file, NEXT);
  const { vocab, merges } = model;
  const suffix = (model as { readonly end_of_word_suffix?: unknown }).end_of_word_suffix ?? '';
  const tokens = tokensById(vocab, file).slice(SPECIAL_TOKENS.length);
  const lines = merges.map((merge) => (Array.isArray(merge) ? merge.join(' ') : merge));
  checkTexts(`${file}: model.merges`, lines as string[]);
  const pairs = (lines as string[]).map((line, i) => parseMerge(line, `${file}: merge ${i}`));
  const end = typeof suffix === 'string' ? suffix : '';
  for (const preTokenizer of PRE_TOKENIZERS) {
    for (const normalisation of NORMALISATIONS) {
      // The one cannot be without a mark at the end of words.
      if (preTokenizer === 'whitespace' && end === '') continue;
      const manner = { preTokenizer, endOfWord: end, ...(normalisation === 'none' ? {} : { normalisation }) };
      const like = exportedTokenizer(new Bpe({ ...manner, tokens: [], merges: [] }));
      if (mannersOf(like) === mannersOf(json as object)) return new Bpe({ ...manner, tokens, merges: pairs });
    }
  }
  throw new SteadyformerError(
    `${file}: its normalizer, pre-tokenizer and decoder are those of no vocabulary of this package. ${NEXT}`,
  );
};
