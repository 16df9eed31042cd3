import {
  type ComputeType,
  callback,
  check,
  fields,
  findsInt8,
  finite,
  invalidArgument,
  oneOf,
  parseAs,
  such,
  whole,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import type { SchemasOf } from '../checks/schemas';
import { listOf } from '../checks/schemas';
import { beamFields, checkGroups } from './beam';
import { LONGEST, usualLength } from './lengthLimits';
import { drawFields } from './sampling';
import { rankingFields } from './searchOptions';

/** How far a call has come. */
export interface TranslateProgress {
  /** Sentences, blank ones included. */
  readonly done: number;
  readonly total: number;
  /** Tokens that those at work have by now. */
  readonly token: number;
}

/** What is best of one sentence by now. */
export interface PartialTranslation {
  /** Its place among the sentences given. */
  readonly index: number;
  readonly text: string;
}

/** Draws in place of a search for what is likeliest. */
export interface SamplingChoice {
  /** Log-probabilities are divided by it before a draw. Default 1. */
  readonly temperature?: number;
  /** Draws from so many of the likeliest tokens only. Default all. */
  readonly topK?: number;
  /** Draws from the fewest likeliest tokens that have this probability together. Default 1: all. */
  readonly topP?: number;
  /** Default 1. What is drawn for a sentence depends on it and on the sentence's place. */
  readonly seed?: number;
}

/** Options of `translate`. */
export interface TranslateOptions {
  /** Hypotheses kept a sentence; 1 is greedy search. Default 4. */
  readonly beamSize?: number;
  /** Groups of hypotheses that avoid each other's tokens, a divisor of beamSize (Vijayakumar et al. 2016). Default 1. */
  readonly groups?: number;
  /** How much they do: what a token loses for every hypothesis of a group before that takes it. Default 0.5. */
  readonly diversity?: number;
  /** Draws one translation a sentence; no beamSize then. Default: searches. */
  readonly sampling?: SamplingChoice;
  /** Scores are divided by n^lengthPenalty, n the tokens of the translation, the end included. Default 1. */
  readonly lengthPenalty?: number;
  /** `gnmt`: by ((5 + n) / 6)^lengthPenalty (Wu et al. 2016, eq. 14). Default `length`. */
  readonly lengthPenaltyForm?: 'length' | 'gnmt';
  /**
   * Beta of the coverage penalty (Wu et al. 2016, eq. 14), which ranks the hypotheses found: what the source's tokens miss
   * of the attention of the last decoder layer, its heads' mean. One pass over all hypotheses more. Default 0: none.
   */
  readonly coveragePenalty?: number;
  /** Fewest tokens of a translation, the end included. Default 1. */
  readonly minLength?: number;
  /**
   * Most tokens of a translation, the end included, as a function of its source's tokens n, the end included. Rounded
   * down, and kept within the model's learned positions, or where it has none within the larger of 1024 and 2 n + 10.
   * Default 2 n + 10.
   */
  readonly maxLength?: (sourceTokens: number) => number;
  /** No n tokens in a row are said twice. Default 0: they may be. */
  readonly noRepeatNgram?: number;
  /** Log-probabilities of tokens that were said are multiplied by it for the ranking, >= 1. Default 1. */
  readonly repetitionPenalty?: number;
  /** What each translation begins with, one text a sentence, whole words. Default nothing. */
  readonly prefixes?: readonly string[];
  /**
   * Phrases that each translation has to contain, a list a sentence, whole words; one that stands twice is said twice. By beam
   * search with one group; give a `beamSize` of more than twice the number of phrases. Default none.
   */
  readonly constraints?: readonly (readonly string[])[];
  /** Phrases, whole words, that no translation may contain: a list for all sentences, or a list of such a sentence. Default none. */
  readonly forbiddenPhrases?: readonly string[] | readonly (readonly string[])[];
  /** When a sentence is done: see `SearchOptions`. Default 'first'. */
  readonly stopping?: 'first' | 'attainable';
  /** Whether hypotheses have the log-probability of every token. Default false. */
  readonly tokenScores?: boolean;
  /** Whether translations have the attention of their tokens to the source's, and their words' alignment; 'all': each hypothesis too. Default false. */
  readonly alignments?: boolean | 'all';
  /** Most tokens of a source, the end included. Default 1024; never more than the model's learned positions. */
  readonly maxSourceLength?: number;
  /**
   * Source tokens decoded at a time, padding included. Changes speed and memory, not translations. Default 1024, and 2048 where
   * each sentence has one hypothesis.
   */
  readonly maxTokens?: number;
  /**
   * What products are computed in: 'int8' rounds weights and what they multiply to bytes, which is faster and changes some
   * translations. Default 'float32'.
   */
  readonly computeType?: ComputeType;
  /** Ends the call with its reason, between two tokens. */
  readonly signal?: AbortSignal;
  /** Told after every token that is said. An exception of it ends the call. */
  readonly onProgress?: (progress: TranslateProgress) => void;
  /** Told after every token what is best of each sentence at work by now; in a beam, later texts may differ from the start. */
  readonly onPartial?: (partial: PartialTranslation) => void;
}

const samplingFields = () =>
  fields({ ...drawFields(), seed: v.optional(finite(), 1) } satisfies SchemasOf<SamplingChoice>);

const isTexts = (list: unknown): boolean =>
  Array.isArray(list) && list.every((text) => typeof text === 'string');

/** Whether phrases are one list for all sentences. */
export const isShared = (
  phrases: NonNullable<TranslateOptions['forbiddenPhrases']>,
): phrases is readonly string[] => isTexts(phrases);

const optionFields = () =>
  fields({
    ...beamFields(),
    ...rankingFields(),
    sampling: v.optional(samplingFields()),
    coveragePenalty: v.optional(
      finite('numbers >= 0', (beta) => beta >= 0),
      0,
    ),
    maxLength: v.optional(
      callback<NonNullable<TranslateOptions['maxLength']>>('a function of the source tokens'),
      () => usualLength,
    ),
    prefixes: v.optional(listOf<string>('a list of texts', (text) => typeof text === 'string')),
    constraints: v.optional(listOf<readonly string[]>('a list of lists of texts, one a sentence', isTexts)),
    forbiddenPhrases: v.optional(
      such<NonNullable<TranslateOptions['forbiddenPhrases']>>(
        'a list of texts, or a list of such lists, one a sentence',
        (lists) => isTexts(lists) || (Array.isArray(lists) && lists.every(isTexts)),
      ),
    ),
    alignments: v.optional(
      such<boolean | 'all'>("true, false or 'all'", (value) => [true, false, 'all'].includes(value as never)),
      false,
    ),
    maxSourceLength: v.optional(whole(2), LONGEST),
    maxTokens: v.optional(whole()),
    computeType: v.optional(oneOf(['float32', 'int8']), 'float32'),
    onProgress: v.optional(callback<NonNullable<TranslateOptions['onProgress']>>()),
    onPartial: v.optional(callback<NonNullable<TranslateOptions['onPartial']>>()),
  } satisfies SchemasOf<TranslateOptions>);

type Absent = 'prefixes' | 'constraints' | 'forbiddenPhrases' | 'signal' | 'onProgress' | 'onPartial';

/** Options of `translate`, checked, with their defaults. */
export interface TranslateSettings
  extends Required<Omit<TranslateOptions, Absent | 'sampling'>>,
    Readonly<{ [K in Absent]: TranslateOptions[K] | undefined }> {
  readonly sampling:
    | (Required<Omit<SamplingChoice, 'topK'>> & { readonly topK: number | undefined })
    | undefined;
}

/** @throws SteadyformerError on options out of range, or such that do not go together. */
export const translateSettings = (
  options: TranslateOptions,
  sentences: number | undefined,
): TranslateSettings => {
  const parsed = parseAs(optionFields(), options, 'translate()') as TranslateSettings;
  const one = parsed.sampling !== undefined || parsed.beamSize === 1;
  const settings = { ...parsed, maxTokens: parsed.maxTokens ?? (one ? 2048 : 1024) };
  const { sampling, prefixes, constraints, forbiddenPhrases } = settings;
  checkGroups(settings);
  if (settings.computeType === 'int8' && !findsInt8()) {
    const allowed = `'float32' on the backend '${tf.getBackend()}'`;
    const next = "The backend 'onnxruntime' computes in int8.";
    throw invalidArgument({ what: 'translate() computeType', received: 'int8', allowed, next });
  }
  if (sampling && (options.beamSize !== undefined || options.groups !== undefined)) {
    const what = `translate() ${options.beamSize === undefined ? 'groups' : 'beamSize'}`;
    const received = options.beamSize ?? options.groups;
    throw invalidArgument({ what, received, allowed: 'none with sampling, which draws one translation' });
  }
  if (constraints?.some((list) => list.length > 0) && (sampling || settings.groups > 1)) {
    const what = 'translate() constraints';
    throw invalidArgument({ what, received: 'some', allowed: 'none with sampling or groups of a beam' });
  }
  const lists = {
    prefixes,
    constraints,
    ...(forbiddenPhrases && !isShared(forbiddenPhrases) ? { forbiddenPhrases } : {}),
  };
  for (const [name, list] of Object.entries(lists)) {
    if (list === undefined || sentences === undefined) continue;
    check(list.length === sentences, name, list.length, `${sentences}, one a sentence`);
  }
  return settings;
};
