import { check, fields, invalidArgument, parseAs, whole } from '@steadyformer/core';
import * as v from 'valibot';
import { having, isMethod, type SchemasOf } from '../checks/schemas';
import {
  isShared,
  type TranslateOptions,
  type TranslateSettings,
  translateSettings,
} from './translateOptions';

/** Options of a translator's `stream`. */
export interface StreamOptions
  extends Omit<TranslateOptions, 'prefixes' | 'constraints' | 'forbiddenPhrases'> {
  /** Phrases, whole words, that no translation may contain. Default none. */
  readonly forbiddenPhrases?: readonly string[];
  /** Sentences translated together: more is faster (similar lengths share a batch), and later. Default 256. */
  readonly window?: number;
}

/** Options of a translator's `score`. */
export interface ScoreOptions {
  /** Tokens at a time, padding included, of the larger side. Default 1024. */
  readonly maxTokens?: number;
  /** Ends the call with its reason, between two batches. */
  readonly signal?: AbortSignal;
}

/** @throws SteadyformerError on options out of range, and where there is nothing to iterate over. */
export const streamSettings = (
  sentences: unknown,
  { window = 256, ...options }: StreamOptions,
): { readonly window: number; readonly settings: TranslateSettings } => {
  parseAs(fields({ window: whole() }), { window }, 'translateStream()');
  const symbols = [Symbol.asyncIterator, Symbol.iterator];
  const iterable = symbols.some((symbol) => isMethod(sentences, symbol as unknown as string));
  check(
    iterable && typeof sentences !== 'string',
    'sentences',
    sentences,
    'an iterable of texts, async or not',
  );
  for (const name of ['prefixes', 'constraints']) {
    if (name in options) {
      throw invalidArgument({ what: `translateStream() ${name}`, received: 'some', allowed: 'none' });
    }
  }
  const { forbiddenPhrases } = options;
  if (forbiddenPhrases !== undefined) {
    const shared = Array.isArray(forbiddenPhrases) && isShared(forbiddenPhrases);
    check(shared, 'translateStream() forbiddenPhrases', forbiddenPhrases, 'a list of texts');
  }
  return { window, settings: translateSettings(options, undefined) };
};

/** @throws SteadyformerError on options out of range, and lists of different lengths. */
export const scoreSettings = (
  sources: readonly string[],
  targets: readonly string[],
  options: ScoreOptions,
): { readonly maxTokens: number; readonly signal?: AbortSignal | undefined } => {
  const schema = {
    maxTokens: v.optional(whole(), 1024),
    signal: v.optional(having<AbortSignal>(['throwIfAborted'], 'an AbortSignal')),
  } satisfies SchemasOf<ScoreOptions>;
  const parsed = parseAs(fields(schema), options, 'score()');
  if (Array.isArray(sources) && Array.isArray(targets)) {
    check(targets.length === sources.length, 'targets', targets.length, `${sources.length}, one a source`);
  }
  return parsed;
};
