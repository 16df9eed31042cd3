import { check, fields, invalidArgument, parseAs, whole } from '@steadyformer/core';
import * as v from 'valibot';
import { having, isMethod, type SchemasOf } from '../checks/schemas';
import { type TranslateOptions, type TranslateSettings, translateSettings } from './translateOptions';

export interface StreamOptions extends Omit<TranslateOptions, 'prefixes'> {
  /** Sentences translated together: more is faster (similar lengths share a batch), and later. Default 256. */
  readonly window?: number;
}

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
  if ('prefixes' in options) {
    throw invalidArgument({ what: 'translateStream() prefixes', received: 'some', allowed: 'none' });
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
