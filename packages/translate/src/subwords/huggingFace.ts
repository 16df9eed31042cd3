import { parseAs, SteadyformerError } from '@steadyformer/core';
import type { Bpe } from './bpe';
import { bpe as vocabulary } from './bpeSchema';
import { PIECE_PATTERN, SPACE_MARK } from './preTokenizer';
import { SPECIAL_TOKENS } from './special';

/** The parts of a `tokenizer.json` of Hugging Face's tokenizers library, version 1.0. */
export interface HuggingFaceTokenizer {
  readonly version: '1.0';
  readonly truncation: null;
  readonly padding: null;
  readonly added_tokens: readonly object[];
  readonly normalizer: object | null;
  readonly pre_tokenizer: object;
  readonly post_processor: null;
  readonly decoder: object;
  readonly model: {
    readonly type: 'BPE';
    readonly vocab: Record<string, number>;
    readonly [key: string]: unknown;
  };
}

const METASPACE = {
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'NFC' },
      { type: 'Prepend', prepend: SPACE_MARK },
      { type: 'Replace', pattern: { String: ' ' }, content: SPACE_MARK },
    ],
  },
  pre_tokenizer: { type: 'Split', pattern: { Regex: PIECE_PATTERN }, behavior: 'Isolated', invert: false },
};

const WHITESPACE = {
  // Line ends are taken off the ends of a text only: inside they are characters like others.
  normalizer: { type: 'Replace', pattern: { Regex: '\\A[\\r\\n ]+|[\\r\\n ]+\\z' }, content: '' },
  pre_tokenizer: { type: 'Split', pattern: { Regex: ' +' }, behavior: 'Removed', invert: false },
};

const decoderOf = ({ model: { preTokenizer, endOfWord } }: Bpe): object => {
  if (preTokenizer === 'whitespace') return { type: 'BPEDecoder', suffix: endOfWord };
  return {
    type: 'Sequence',
    decoders: [
      ...(endOfWord === '' ? [] : [{ type: 'Replace', pattern: { String: endOfWord }, content: '' }]),
      { type: 'Replace', pattern: { String: SPACE_MARK }, content: ' ' },
      { type: 'Fuse' },
      { type: 'Strip', content: ' ', start: 1, stop: 0 },
    ],
  };
};

/**
 * The vocabulary as a `tokenizer.json` for Hugging Face's tokenizers, with the ids of `encode` for equal text (give it
 * what `normalise` gives, as a `Translator` does). One difference is theirs by design: a special token that is spelled out in the text (`</s>`) becomes its id there.
 *
 * @throws SteadyformerError where a learned token is spelled like a special one.
 */
export const toHuggingFace = (bpe: Bpe): HuggingFaceTokenizer => {
  parseAs(vocabulary(), bpe, 'toHuggingFace() bpe');
  const { preTokenizer, endOfWord, merges } = bpe.model;
  const vocab = Object.fromEntries(bpe.tokens.map((token, id) => [token, id]));
  if (Object.keys(vocab).length !== bpe.size) {
    throw new SteadyformerError(
      `toHuggingFace: a learned token is spelled like one of ${SPECIAL_TOKENS.join(', ')}, which tokenizer.json cannot ` +
        'tell apart. Remove such mark-up from the training text.',
    );
  }
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content, id) => ({ id, content, ...flags })),
    ...(preTokenizer === 'metaspace' ? METASPACE : WHITESPACE),
    post_processor: null,
    decoder: decoderOf(bpe),
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: SPECIAL_TOKENS[bpe.unk] ?? null,
      continuing_subword_prefix: null,
      end_of_word_suffix: endOfWord === '' ? null : endOfWord,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges: merges.map(([left, right]) => [left, right]),
    },
  };
};
