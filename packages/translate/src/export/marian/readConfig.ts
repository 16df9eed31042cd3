import { check, flag, invalidArgument, oneOf, parseAs, SteadyformerError, whole } from '@steadyformer/core';
import * as v from 'valibot';
import { needed, upTo } from '../../checks/schemas';
import { LONGEST } from '../plain/longest';
import type { PlainActivation } from '../plain/plainTransformer';
import { KNOWN_ACTIVATIONS, MARIAN_IDS } from './marianConfig';

const FILE = 'config.json';

/** What a Marian folder's `config.json` says of its model, in our words. */
export interface MarianSizes {
  readonly sourceVocabulary: number;
  readonly vocabulary: number;
  readonly width: number;
  readonly heads: number;
  readonly feedForward: number;
  readonly depth: { readonly encoder: number; readonly decoder: number };
  readonly activation: PlainActivation;
  /** Longest sentence: rows of the position tables. */
  readonly length: number;
  /** Whether source and target have one table, and whether the output has the target's. */
  readonly sharedTables: boolean;
  readonly tiedOutput: boolean;
  readonly dropout: { readonly residual: number; readonly attention: number; readonly activation: number };
}

const rateOf = () =>
  v.optional(
    v.pipe(
      v.number('numbers in [0, 1)'),
      v.minValue(0, 'numbers in [0, 1)'),
      v.maxValue(0.9999, 'numbers in [0, 1)'),
    ),
    0,
  );

/** Any keys beside those that are read. */
const configFields = () =>
  v.looseObject({
    vocab_size: needed(whole()),
    decoder_vocab_size: v.nullish(whole()),
    d_model: needed(whole()),
    encoder_layers: needed(whole()),
    decoder_layers: needed(whole()),
    encoder_attention_heads: needed(whole()),
    decoder_attention_heads: needed(whole()),
    encoder_ffn_dim: needed(whole()),
    decoder_ffn_dim: needed(whole()),
    activation_function: needed(oneOf(Object.keys(KNOWN_ACTIVATIONS))),
    max_position_embeddings: v.optional(upTo(LONGEST), 1024),
    scale_embedding: v.optional(flag(), false),
    share_encoder_decoder_embeddings: v.optional(flag(), true),
    tie_word_embeddings: v.optional(flag(), true),
    dropout: rateOf(),
    attention_dropout: rateOf(),
    activation_dropout: rateOf(),
  });

const NEXT = 'Import a Marian folder as steadyformer export writes it.';

/** The architecture is asked first: what else another has says nothing. */
const checkArchitecture = (json: unknown): void => {
  const { model_type, normalize_before, normalize_embedding } = Object(json) as Record<string, unknown>;
  check(model_type === 'marian', `${FILE}: model_type`, model_type, "'marian'", NEXT);
  const odd =
    normalize_before === true
      ? 'normalize_before'
      : normalize_embedding === true
        ? 'normalize_embedding'
        : '';
  if (odd !== '')
    throw new SteadyformerError(`${FILE}: ${odd} is true, and our Post-LN has no such norm. ${NEXT}`);
};

/**
 * Reads `config.json` of a Marian folder.
 *
 * @throws SteadyformerError on another architecture, and on what our Post-LN Transformer cannot hold, naming the key
 */
export const readMarianConfig = (json: unknown): MarianSizes => {
  checkArchitecture(json);
  const read = parseAs(configFields(), json, FILE, NEXT);
  const same = (encoder: keyof typeof read, decoder: keyof typeof read): void =>
    check(
      read[encoder] === read[decoder],
      `${FILE}: ${decoder}`,
      read[decoder],
      `${encoder}, ${String(read[encoder])}`,
      NEXT,
    );
  same('encoder_attention_heads', 'decoder_attention_heads');
  same('encoder_ffn_dim', 'decoder_ffn_dim');
  for (const key of ['pad_token_id', 'eos_token_id', 'decoder_start_token_id'] as const) {
    const received = (json as Record<string, unknown>)[key];
    if (received === MARIAN_IDS[key]) continue;
    throw invalidArgument({
      what: `${FILE}: ${key}`,
      received,
      allowed: `${MARIAN_IDS[key]}, as every vocabulary of this package has it`,
      next: NEXT,
    });
  }
  check(
    read.scale_embedding,
    `${FILE}: scale_embedding`,
    false,
    'true: our embeddings are scaled by sqrt(d_model)',
    NEXT,
  );
  return {
    sourceVocabulary: read.vocab_size,
    vocabulary: read.decoder_vocab_size ?? read.vocab_size,
    width: read.d_model,
    heads: read.encoder_attention_heads,
    feedForward: read.encoder_ffn_dim,
    depth: { encoder: read.encoder_layers, decoder: read.decoder_layers },
    activation: KNOWN_ACTIVATIONS[read.activation_function]!,
    length: read.max_position_embeddings,
    sharedTables: read.share_encoder_decoder_embeddings,
    tiedOutput: read.tie_word_embeddings,
    dropout: {
      residual: read.dropout,
      attention: read.attention_dropout,
      activation: read.activation_dropout,
    },
  };
};
