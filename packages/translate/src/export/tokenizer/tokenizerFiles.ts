import type { Bpe } from '../../subwords/bpe';
import { type HuggingFaceTokenizer, toHuggingFace } from '../../subwords/huggingFace';
import { SPECIAL_TOKENS } from '../../subwords/special';
import type { Vocabularies } from '../../subwords/vocabularies';

/** Names of the tokenizers' files: the source's, and the target's where it is another. */
export const SOURCE_TOKENIZER = 'tokenizer.json';
export const TARGET_TOKENIZER = 'target_tokenizer.json';

// As `normaliseText` has them, spelled so that both Rust's and JavaScript's regular expressions read them.
const INVISIBLE = '[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]';
const SPACES = '[\t\n\u000b\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+';

const replace = (pattern: string, content: string): object => ({
  type: 'Replace',
  pattern: { Regex: pattern },
  content,
});

/** `normaliseText` in the words of the tokenizers library. */
const NORMALISE = [replace(INVISIBLE, ''), { type: 'NFC' }, replace(SPACES, ' '), replace('^ | $', '')];

const withNormalisation = ({ normalisation }: Bpe['model'], own: object | null): object | null => {
  if (normalisation !== 'text') return own;
  const { normalizers = own === null ? [] : [own] } = (own ?? {}) as { normalizers?: readonly object[] };
  return { type: 'Sequence', normalizers: [...NORMALISE, ...normalizers] };
};

/** Puts the end after a text, as the models read their sources. */
const endingWith = (id: number): object => {
  const token = SPECIAL_TOKENS[id]!;
  const end = { SpecialToken: { id: token, type_id: 0 } };
  const of = (name: string): object => ({ Sequence: { id: name, type_id: 0 } });
  return {
    type: 'TemplateProcessing',
    single: [of('A'), end],
    pair: [of('A'), of('B'), end],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
};

/** A tokenizer as it leaves with a model: raw text in, the ids of a source with its end out. */
export type ExportedTokenizer = Omit<HuggingFaceTokenizer, 'post_processor'> & {
  readonly post_processor: object;
};

/**
 * The vocabulary as a `tokenizer.json` that makes the model's source ids of raw text: normalised, cut, ended.
 *
 * @throws SteadyformerError where a learned token is spelled like a special one
 */
export const exportedTokenizer = (bpe: Bpe): ExportedTokenizer => {
  const plain = toHuggingFace(bpe);
  return {
    ...plain,
    normalizer: withNormalisation(bpe.model, plain.normalizer),
    post_processor: endingWith(bpe.eos),
  };
};

/** Whether both sides have one vocabulary, be it one object or two that are equal. */
export const isShared = ({ source, target }: Vocabularies): boolean =>
  source === target || JSON.stringify(source) === JSON.stringify(target);

/** The tokenizers' files as JSON, by name. */
export const tokenizerFiles = (sides: Vocabularies, maxLength: number): Readonly<Record<string, unknown>> => {
  const { source, target } = sides;
  const named = (id: number): string => SPECIAL_TOKENS[id]!;
  return {
    [SOURCE_TOKENIZER]: exportedTokenizer(source),
    ...(isShared(sides) ? {} : { [TARGET_TOKENIZER]: exportedTokenizer(target) }),
    'tokenizer_config.json': {
      tokenizer_class: 'PreTrainedTokenizerFast',
      bos_token: named(source.bos),
      eos_token: named(source.eos),
      pad_token: named(source.pad),
      unk_token: named(source.unk),
      clean_up_tokenization_spaces: false,
      model_max_length: maxLength,
    },
  };
};
