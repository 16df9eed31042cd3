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
  /** The texts, each as its lines: what is translated at a time. */
  readonly texts: readonly (readonly string[])[];
  readonly search: SearchChoice;
  /** Hypotheses wanted of each line. */
  readonly nBest: number;
  readonly stream: boolean;
}

const FORM = '{ "text": "..." } or { "texts": ["...", "..."] }, and if wanted "model", "options", "stream"';

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
      such<readonly string[]>(
        'a list of one text or more',
        (value) =>
          Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string'),
      ),
    ),
    model: v.optional(text()),
    options: v.optional(fields({ ...search, beam, nBest: v.optional(whole()) })),
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
  const lines = texts.map((each) => each.split(/\r\n|[\r\n\u2028\u2029]/u));
  const count = lines.reduce((sum, each) => sum + each.length, 0);
  checkSize('texts, or lines of them', count, maxTexts);
  const characters = texts.reduce((sum, each) => sum + each.length, 0);
  checkSize('characters', characters, maxCharacters);
  const { nBest = 1, ...search } = (asked.options ?? {}) as SearchChoice & { nBest?: number };
  orProblem(400, () => checkBest('request.options.nBest', nBest, search));
  orProblem(400, () => searchOptionsOf(search));
  return { model, texts: lines, search, nBest, stream };
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
