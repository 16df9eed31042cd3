import {
  entryOf,
  fields,
  finite,
  flag,
  parseAs,
  SteadyformerError,
  such,
  text,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import { type Pieces, piecesOf, sentencesOf } from '../translate/pieces';
import { checkBest, type SearchChoice, searchEntries, searchOptionsOf } from '../translate/searchOptions';
import { Problem, problemOf } from './problem';

/** What of a request is bounded. */
export interface RequestLimits {
  readonly maxTexts: number;
  /** Of all texts together. */
  readonly maxCharacters: number;
  readonly maxBeam: number;
}

/** A request for translations, checked. */
export interface TranslateRequest {
  readonly model: string;
  /** The texts, each as its lines or sentences, and what stands between them. */
  readonly texts: readonly Pieces[];
  /** Phrases that each text has to contain in translation. */
  readonly constraints: readonly (readonly string[])[];
  /** Phrases that no translation may contain. */
  readonly forbiddenPhrases: readonly string[];
  readonly search: SearchChoice;
  /** Whether translations have the alignments of their words. */
  readonly alignments: boolean;
  /** Hypotheses wanted of each line. */
  readonly nBest: number;
  readonly stream: boolean;
}

const FORM =
  '{ "text": "..." } or { "texts": ["...", "..."] }, and if wanted "model", "options", "constraints", "forbiddenPhrases", "stream"';

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

const bodyFields = (maxBeam: number) => {
  const search = searchEntries();
  const beam = v.optional(
    finite(
      `whole numbers from 1 to ${maxBeam}`,
      (value) => Number.isInteger(value) && value >= 1 && value <= maxBeam,
    ),
  );
  return fields({
    text: v.optional(text()),
    texts: v.optional(
      such<readonly string[]>('a list of one text or more', (value) => isTexts(value) && value.length > 0),
    ),
    model: v.optional(text()),
    options: v.optional(
      fields({
        ...search,
        beam,
        nBest: v.optional(whole()),
        alignments: v.optional(flag()),
        splitSentences: v.optional(flag()),
        language: v.optional(text()),
      }),
    ),
    constraints: v.optional(
      such<readonly string[] | readonly (readonly string[])[]>(
        'a list of phrases with text, a list of such lists with texts',
        (value) => isTexts(value) || (Array.isArray(value) && value.every(isTexts)),
      ),
    ),
    forbiddenPhrases: v.optional(such<readonly string[]>('a list of phrases', isTexts)),
    stream: v.optional(flag(), false),
  });
};

/**
 * What a body asks for.
 *
 * @param models by name; the first one is meant where none is named
 * @throws Problem: 400 where the body is not as it should be, 404 for a model that is not served, 413 where it is too large
 */
export const readRequest = (
  body: unknown,
  models: readonly string[],
  { maxTexts, maxCharacters, maxBeam }: RequestLimits,
): TranslateRequest => {
  const asked = orProblem(400, () => parseAs(bodyFields(maxBeam), body, 'request'));
  const { text: one, texts: many, model = models[0]!, stream } = asked;
  if ((one === undefined) === (many === undefined)) {
    throw new Problem(400, 'request: text, or texts, and not both', {
      received: one === undefined ? 'neither' : 'both',
      allowed: FORM,
      next: 'Send one of them.',
    });
  }
  const texts = many ?? [one!];
  orProblem(404, () => entryOf(Object.fromEntries(models.map((name) => [name, true])), model, 'model'));
  const {
    nBest = 1,
    alignments = false,
    splitSentences = false,
    language,
    ...search
  } = (asked.options ?? {}) as SearchChoice & OtherOptions;
  if (language !== undefined && !splitSentences) {
    throw new Problem(400, 'request.options.language: without effect', {
      received: language,
      allowed: 'a language with splitSentences',
      next: 'Send "splitSentences": true as well, or leave it out.',
    });
  }
  const pieces = orProblem(400, () =>
    texts.map((each) => (splitSentences ? piecesOf(each, language ?? 'en') : linesOf(each))),
  );
  const sentences = pieces.map(sentencesOf);
  checkSize('texts, or lines of them', sentences.flat().length, maxTexts);
  const { forbiddenPhrases = [] } = asked;
  const constraints = constraintsOf(asked.constraints, one !== undefined, sentences);
  const phrases = [...constraints.flat(), ...forbiddenPhrases];
  const characters = [...texts, ...phrases].reduce((sum, each) => sum + each.length, 0);
  checkSize('characters', characters, maxCharacters);
  orProblem(400, () => checkBest('request.options.nBest', nBest, search));
  orProblem(400, () => searchOptionsOf(search));
  return { model, texts: pieces, constraints, forbiddenPhrases, search, alignments, nBest, stream };
};

/** What of the options is no number of the search. */
interface OtherOptions {
  readonly nBest?: number;
  readonly alignments?: boolean;
  readonly splitSentences?: boolean;
  readonly language?: string;
}

/** A text as its lines. */
const linesOf = (text: string): Pieces =>
  text
    .split(/\r\n|[\r\n\u2028\u2029]/u)
    .flatMap((line, i) => [
      ...(i > 0 ? [{ text: '\n', sentence: false }] : []),
      { text: line, sentence: true },
    ]);

/** A list of phrases a text. @throws Problem where they are not of these texts, or of a text that is translated in parts */
const constraintsOf = (
  given: readonly string[] | readonly (readonly string[])[] | undefined,
  isOne: boolean,
  sentences: readonly (readonly string[])[],
): readonly (readonly string[])[] => {
  if (given === undefined) return sentences.map(() => []);
  const nested = given.length > 0 && !isTexts(given);
  const lists = isOne && !nested ? [given as readonly string[]] : (given as readonly (readonly string[])[]);
  if (isOne === nested || lists.length !== sentences.length) {
    throw new Problem(400, 'request.constraints: not those of the texts', {
      received: nested ? `${given.length} lists` : `one list, of ${given.length}`,
      allowed: isOne ? 'one list of phrases, as there is one text' : `${sentences.length} lists, one a text`,
      next: 'Send "constraints": ["..."] with "text", or [["..."], []] with "texts".',
    });
  }
  const parted = lists.findIndex((list, i) => list.length > 0 && sentences[i]!.length !== 1);
  if (parted < 0) return lists;
  throw new Problem(400, 'request.constraints: of a text that is translated in parts', {
    received: `${sentences[parted]!.length} lines or sentences`,
    allowed: 'texts of one line, or of one sentence where they are split',
    next: 'Send the lines as texts, each with its own phrases.',
  });
};

const checkSize = (what: string, received: number, most: number): void => {
  if (received <= most) return;
  throw new Problem(413, `request: too many ${what}`, {
    received: String(received),
    allowed: `up to ${most}`,
    next: 'Send them in several requests.',
  });
};

const orProblem = <T>(status: number, act: () => T): T => {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof SteadyformerError)) throw error;
    throw problemOf(status, error.message, `Send ${FORM}.`);
  }
};
