import {
  callback,
  fields,
  finite,
  invalidArgument,
  type LanguageModel,
  parseAs,
  randomStream,
  such,
  text,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import { speaker } from '../checks/objects';
import { needed, type SchemasOf } from '../checks/schemas';
import type { Bpe } from '../subwords/bpe';
import { bpe } from '../subwords/bpeSchema';
import { greedySearch } from './greedy';
import type { Hypothesis } from './hypothesis';
import { LanguageModelDecoder } from './languageModelDecoder';
import { learnedPositions } from './lengthLimits';
import { sampleSearch } from './sampling';

/** Options of `generate`. */
export interface GenerateOptions {
  /** The vocabulary that the model was trained with. */
  readonly vocabulary: Bpe;
  /** Most tokens that follow the prompt, the end included; no more than the model has positions for. Default 200. */
  readonly maxLength?: number;
  /** 0 takes the likeliest token each time; above it tokens are drawn, 1 as the model has them. Default 0. */
  readonly temperature?: number;
  /** Draws from so many of the likeliest tokens only. Default all. */
  readonly topK?: number;
  /** Seed of the draws. Default 1. */
  readonly seed?: number;
  /** Ends the text before any of these; an empty one is none. Default none. */
  readonly stop?: string | readonly string[];
  /** Told what follows the prompt, after every token. An exception of it ends the call. */
  readonly onProgress?: (text: string) => void;
}

/** One text that `generate` went on with. */
export interface Generation {
  /** What follows the prompt, without the `stop` it ended at. */
  readonly text: string;
  /** The tokens that were said, without the end. */
  readonly ids: readonly number[];
  /** Sum of their log-probabilities, the end's included. */
  readonly logProbability: number;
  /** False where the longest length was reached before an end or a `stop`. */
  readonly finished: boolean;
}

const isText = (value: unknown): boolean => typeof value === 'string';

const optionFields = () =>
  fields({
    vocabulary: needed(bpe()),
    maxLength: v.optional(whole(), 200),
    temperature: v.optional(
      finite('0 (the likeliest token) or positive numbers', (temperature) => temperature >= 0),
      0,
    ),
    topK: v.optional(whole()),
    seed: v.optional(finite()),
    stop: v.optional(
      such<string | readonly string[]>(
        'a text, or a list of texts',
        (stop) => isText(stop) || (Array.isArray(stop) && stop.every(isText)),
      ),
      [],
    ),
    onProgress: v.optional(callback<NonNullable<GenerateOptions['onProgress']>>()),
  } satisfies SchemasOf<GenerateOptions>);

/** Throws unless these are a language model and the vocabulary it was trained with. */
const checkVocabulary = (model: LanguageModel, vocabulary: Bpe): void => {
  parseAs(speaker(), model, 'generate() model');
  const { config } = model;
  const { size, pad } = vocabulary;
  const next = 'Use the vocabulary the model was trained with.';
  if (config.vocabulary !== size) {
    const allowed = `the model's ${config.vocabulary} tokens`;
    throw invalidArgument({ what: 'generate() vocabulary', received: size, allowed, next });
  }
  if (config.padId !== pad) {
    const allowed = `the vocabulary's ${pad}`;
    throw invalidArgument({ what: 'padId of the model', received: config.padId, allowed, next });
  }
};

/** What attention over a prompt has memory for. */
const LONGEST_PROMPT = 4096;

/** Tokens that may follow those read: the last one said is never read again. */
const roomAfter = (read: number, maxLength: number, positions: number | undefined): number => {
  if (read > (positions ?? LONGEST_PROMPT)) {
    throw invalidArgument({
      what: 'tokens of the prompt, the beginning included',
      received: read,
      allowed:
        positions === undefined
          ? `up to ${LONGEST_PROMPT}`
          : `up to the model's ${positions} learned positions`,
      next: 'Shorten the prompt.',
    });
  }
  if (positions === undefined) return maxLength;
  return Math.min(maxLength, positions - read + 1);
};

/**
 * Goes on from a text with a language model. Keys and values of what was read are cached, so that each token costs
 * one position. The prompt is normalised as the vocabulary's training text was; '' begins a text, as in training.
 *
 * @throws SteadyformerError on options out of range, where the prompt outruns the model's learned positions, or 4096
 *   tokens where it has none, and where the model's output is NaN.
 */
export const generate = async (
  model: LanguageModel,
  prompt: string,
  options: GenerateOptions,
): Promise<Generation> => {
  const { vocabulary, maxLength, temperature, topK, seed, stop, onProgress } = parseAs(
    optionFields(),
    options,
    'generate()',
  );
  checkVocabulary(model, vocabulary);
  const drawing = temperature !== 0;
  if (!drawing && (topK !== undefined || seed !== undefined)) {
    throw invalidArgument({
      what: 'generate() temperature',
      received: temperature,
      allowed: 'positive numbers with topK or seed, which are about drawing',
    });
  }
  parseAs(text(), prompt, 'generate() prompt');
  const given = typeof stop === 'string' ? [stop] : stop;
  const { eos, pad, bos } = vocabulary;
  const read = [eos, ...vocabulary.encode(vocabulary.normalise(prompt))];
  const room = roomAfter(read.length, maxLength, learnedPositions(model.config));
  const stops = given.filter((text) => text !== '');
  const textAfter = textAfterPrompt(vocabulary, read);
  const search = {
    ...{ eos, start: read.at(-1)!, forbidden: [pad, bos], maxLength: room },
    nameOf: () => 'generate',
    stop: (ids: readonly number[]): boolean => {
      const text = textAfter(ids);
      const place = firstPlace(text, stops);
      onProgress?.(text.slice(0, place));
      return place !== undefined;
    },
  };
  const decoder = new LanguageModelDecoder(model, read.slice(0, -1));
  const random = randomStream(seed ?? 1).fork('generate');
  const [said] = drawing
    ? await sampleSearch(decoder, { ...search, random, temperature, ...(topK === undefined ? {} : { topK }) })
    : await greedySearch(decoder, search);
  return described(said!, textAfter, stops);
};

/** What tokens add to the text of those read. */
const textAfterPrompt = (vocabulary: Bpe, read: readonly number[]) => {
  const before = vocabulary.decode(read).length;
  return (ids: readonly number[]): string => vocabulary.decode([...read, ...ids]).slice(before);
};

/** Where the first of the `stops` begins; undefined where none is in the text. */
const firstPlace = (text: string, stops: readonly string[]): number | undefined => {
  const places = stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0);
  return places.length > 0 ? Math.min(...places) : undefined;
};

const described = (
  { ids, logProbability, finished }: Hypothesis,
  textAfter: (ids: readonly number[]) => string,
  stops: readonly string[],
): Generation => {
  const text = textAfter(ids);
  return { text: text.slice(0, firstPlace(text, stops)), ids, logProbability, finished };
};
