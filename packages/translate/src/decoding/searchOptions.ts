import {
  callback,
  check,
  checkedBy,
  checkInteger,
  fields,
  finite,
  flag,
  invalidArgument,
  oneOf,
  parseAs,
  such,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import {
  type Absentable,
  type Defaulting,
  having,
  isMethod,
  needed,
  type SchemasOf,
  upTo,
} from '../checks/schemas';
import { token, tokenList } from '../checks/tokens';
import type { LengthNorm } from './hypothesis';
import type { Banned } from './penalties';
import { type Phrase, type PhraseTracker, phraseTracker, type WordEnds } from './phrases';
import type { StepDecoder } from './stepDecoder';

/** What every search is told. */
export interface SearchOptions {
  readonly eos: number;
  /** The token that each row goes on from. Default `eos`, as in fairseq. */
  readonly start?: number;
  /** Tokens that are never said, such as pad and begin. Default none. */
  readonly forbidden?: readonly number[];
  /** Most tokens of a hypothesis, the end included: for all, or one a row. Default 200 (fairseq's max-len-b). */
  readonly maxLength?: number | readonly number[];
  /** Fewest tokens of a hypothesis, the end included. Default 1: the end may come first. */
  readonly minLength?: number;
  /** Scores are divided by n^lengthPenalty, n the tokens, the end included. Default 1. */
  readonly lengthPenalty?: number;
  /** `gnmt`: by ((5 + n) / 6)^lengthPenalty (Wu et al. 2016, eq. 14). Default `length`: by n^lengthPenalty. */
  readonly lengthPenaltyForm?: 'length' | 'gnmt';
  /** No n tokens in a row are said twice (Paulus et al. 2018). Default 0: they may be. */
  readonly noRepeatNgram?: number;
  /** Log-probabilities of tokens that were said are multiplied by it for the ranking, >= 1 (Keskar et al. 2019). Default 1. */
  readonly repetitionPenalty?: number;
  /** What each row begins with, said as it is: its ids are the first of every hypothesis. Default nothing. */
  readonly prefixes?: readonly (readonly number[])[];
  /**
   * What each row has to contain (Post & Vilar 2018), a list of phrases a row; one that stands twice is said twice. Of beam
   * search with one group; the beam is shared by hypotheses that have said as much, so that it should be larger than twice the
   * number of phrases. Default nothing.
   */
  readonly constraints?: readonly (readonly Phrase[])[];
  /** Whether a phrase may begin or end between two tokens. Default: between any. */
  readonly wordEnds?: WordEnds;
  /** The tokens that may not follow what a row has said. Asked for often. Default none. */
  readonly bannedAfter?: (row: number, ids: readonly number[]) => Banned | undefined;
  /**
   * When a sentence is done: with as many finished hypotheses as are kept ('first', as fairseq), or only when no other can come
   * to a better score than those ('attainable': slower, and never worse by the score). Default 'first'.
   */
  readonly stopping?: 'first' | 'attainable';
  /** Whether hypotheses have the log-probability of every token. Default false. */
  readonly tokenScores?: boolean;
  /** Ends the search with its reason, between two tokens. */
  readonly signal?: AbortSignal;
  /** Told after every token what is best of a row by now; later ones may differ from the first token on. */
  readonly onPartial?: (row: number, ids: readonly number[]) => void;
  /** Whether a hypothesis of these tokens is finished, though it has no end. Asked once a hypothesis. Default: none. */
  readonly stop?: (ids: readonly number[]) => boolean;
  /** Told after every token how many of the rows are done, and the token's number. An exception of it ends the search. */
  readonly onStep?: (done: number, token: number) => void;
  /** What messages call a row. Default 'row 3'. */
  readonly nameOf?: (row: number) => string;
}

/** Search options that were checked, with their defaults. */
export interface SearchSettings {
  readonly eos: number;
  readonly start: number;
  readonly forbidden: readonly number[];
  /** One a row. */
  readonly limits: readonly number[];
  /** One a row. */
  readonly prefixes: readonly (readonly number[])[];
  /** One a row that has to contain phrases; absent where none has. */
  readonly phrases?: readonly (PhraseTracker | undefined)[] | undefined;
  readonly bannedAfter?: ((row: number, ids: readonly number[]) => Banned | undefined) | undefined;
  readonly minLength: number;
  readonly noRepeatNgram: number;
  readonly repetitionPenalty: number;
  readonly norm: LengthNorm;
  readonly stopping: 'first' | 'attainable';
  readonly tokenScores: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onPartial?: ((row: number, ids: readonly number[]) => void) | undefined;
  readonly stop: (ids: readonly number[]) => boolean;
  readonly onStep: (done: number, token: number) => void;
  readonly nameOf: (row: number) => string;
}

/** Most hypotheses a sentence: memory and time grow with them. */
const MAX_BEAM = 1000;

/** Most rows of a decoder. */
const MAX_ROWS = 2 ** 16;

export const beamSizes = (): v.GenericSchema<number> => upTo(MAX_BEAM);

const isPrefix = (ids: unknown, vocabulary: number): boolean =>
  Array.isArray(ids) && ids.every((id) => Number.isInteger(id) && id >= 0 && id < vocabulary);

const isPhrase = (phrase: unknown, vocabulary: number): boolean => {
  const { alternatives } = Object(phrase) as Partial<Phrase>;
  return (
    Array.isArray(alternatives) &&
    alternatives.length > 0 &&
    alternatives.every((ids) => isPrefix(ids, vocabulary) && ids.length > 0)
  );
};

export interface RankingFields {
  readonly minLength: Defaulting<number>;
  readonly lengthPenalty: Defaulting<number>;
  readonly lengthPenaltyForm: Defaulting<'length' | 'gnmt'>;
  readonly noRepeatNgram: Defaulting<number>;
  readonly repetitionPenalty: Defaulting<number>;
  readonly stopping: Defaulting<'first' | 'attainable'>;
  readonly tokenScores: Defaulting<boolean>;
  readonly signal: Absentable<AbortSignal>;
}

/** What searches and `translate` are told alike. */
export const rankingFields = (): RankingFields => ({
  minLength: v.optional(whole(), 1),
  lengthPenalty: v.optional(finite(), 1),
  lengthPenaltyForm: v.optional(oneOf(['length', 'gnmt']), 'length'),
  noRepeatNgram: v.optional(whole(0), 0),
  repetitionPenalty: v.optional(
    finite('numbers >= 1', (penalty) => penalty >= 1),
    1,
  ),
  stopping: v.optional(oneOf(['first', 'attainable']), 'first'),
  tokenScores: v.optional(flag(), false),
  signal: v.optional(having<AbortSignal>(['throwIfAborted'], 'an AbortSignal')),
});

const optionsFor = ({ vocabulary, rows }: StepDecoder) =>
  ({
    eos: needed(token(vocabulary)),
    start: v.optional(token(vocabulary)),
    forbidden: v.optional(tokenList(vocabulary), []),
    maxLength: v.optional(
      checkedBy<number | readonly number[]>((limit) => limitsOf(limit, rows)),
      200,
    ),
    ...rankingFields(),
    prefixes: v.optional(
      such<readonly (readonly number[])[]>(
        `a list of ${rows} lists of tokens of the model`,
        (given) =>
          Array.isArray(given) && given.length === rows && given.every((ids) => isPrefix(ids, vocabulary)),
      ),
      () => new Array<readonly number[]>(rows).fill([]),
    ),
    constraints: v.optional(
      such<readonly (readonly Phrase[])[]>(
        `a list of ${rows} lists of phrases, each { alternatives: [...] }, lists of tokens of the model`,
        (given) =>
          Array.isArray(given) &&
          given.length === rows &&
          given.every((list) => Array.isArray(list) && list.every((each) => isPhrase(each, vocabulary))),
      ),
    ),
    wordEnds: v.optional(callback<WordEnds>(), () => () => true),
    bannedAfter: v.optional(callback<NonNullable<SearchSettings['bannedAfter']>>()),
    onPartial: v.optional(callback<NonNullable<SearchSettings['onPartial']>>()),
    stop: v.optional(callback<SearchSettings['stop']>(), () => () => false),
    onStep: v.optional(callback<SearchSettings['onStep']>(), () => () => {}),
    nameOf: v.optional(callback<SearchSettings['nameOf']>(), () => (row: number) => `row ${row}`),
  }) satisfies SchemasOf<SearchOptions>;

const limitsOf = (maxLength: number | readonly number[], rows: number): readonly number[] => {
  if (typeof maxLength === 'number')
    return new Array<number>(rows).fill(checkInteger('maxLength', maxLength));
  const allowed = 'a whole number >= 1, or a list of them, one a row';
  check(Array.isArray(maxLength), 'maxLength', maxLength, allowed);
  if (maxLength.length !== rows) {
    const what = 'limits in maxLength';
    throw invalidArgument({ what, received: maxLength.length, allowed: `${rows}, one a row` });
  }
  for (const limit of maxLength) checkInteger('maxLength', limit);
  return maxLength;
};

/** Throws where a row is given its end, or more than it may say. */
const checkPrefixes = (
  prefixes: readonly (readonly number[])[],
  limits: readonly number[],
  eos: number,
): void => {
  for (const [row, ids] of prefixes.entries()) {
    const most = limits[row]! - 1;
    check(!ids.includes(eos), `prefixes[${row}]`, ids, `tokens other than the end, ${eos}`);
    check(
      ids.length <= most,
      `tokens of prefixes[${row}]`,
      ids.length,
      `up to ${most}, one less than maxLength`,
    );
  }
};

const checkDecoder = (where: string, decoder: StepDecoder): void => {
  const steps = ['step', 'select', 'dispose'].every((name) => isMethod(decoder, name));
  check(steps, `${where} decoder`, decoder, 'a StepDecoder, such as new TransformerDecoder(...)');
  checkInteger(`${where} decoder.vocabulary`, decoder.vocabulary);
  parseAs(upTo(MAX_ROWS), decoder.rows, `${where} decoder.rows`);
};

/**
 * The options of a search, checked once, and what the search has besides. The decoder is disposed where they are wrong.
 *
 * @param own schemas of the options that one search has besides
 */
export const searchSettings = <const Own extends v.ObjectEntries>(
  where: string,
  decoder: StepDecoder,
  options: SearchOptions,
  own: Own,
  checkOwn: (own: v.InferOutput<v.ObjectSchema<Own, undefined>>) => void = () => {},
): { readonly settings: SearchSettings; readonly own: v.InferOutput<v.ObjectSchema<Own, undefined>> } => {
  try {
    checkDecoder(where, decoder);
    const shared = optionsFor(decoder);
    const parsed = parseAs(fields({ ...shared, ...own }), options, where);
    const {
      eos,
      start = eos,
      maxLength,
      lengthPenalty,
      lengthPenaltyForm,
      constraints = [],
      wordEnds,
      ...rest
    } = parsed as v.InferOutput<v.ObjectSchema<typeof shared, undefined>>;
    checkOwn(parsed as v.InferOutput<v.ObjectSchema<Own, undefined>>);
    const limits = limitsOf(maxLength, decoder.rows);
    checkPrefixes(rest.prefixes, limits, eos);
    const norm = { power: lengthPenalty, form: lengthPenaltyForm };
    const phrases = constraints.some((list) => list.length > 0)
      ? constraints.map((list) => (list.length > 0 ? phraseTracker(list, wordEnds) : undefined))
      : undefined;
    return {
      settings: { ...rest, eos, start, limits, norm, phrases },
      own: parsed as v.InferOutput<v.ObjectSchema<Own, undefined>>,
    };
  } catch (error) {
    if (isMethod(decoder, 'dispose')) decoder.dispose();
    throw error;
  }
};
