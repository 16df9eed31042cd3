import {
  callback,
  check,
  checkedBy,
  checkInteger,
  fields,
  finite,
  invalidArgument,
  parseAs,
} from '@steadyformer/core';
import * as v from 'valibot';
import { isMethod, needed, type SchemasOf, upTo } from '../checks/schemas';
import { token, tokenList } from '../checks/tokens';
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
  /** Scores are divided by n^lengthPenalty, n the tokens, the end included. Default 1. */
  readonly lengthPenalty?: number;
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
  readonly lengthPenalty: number;
  readonly stop: (ids: readonly number[]) => boolean;
  readonly onStep: (done: number, token: number) => void;
  readonly nameOf: (row: number) => string;
}

/** Most hypotheses a sentence: memory and time grow with them. */
const MAX_BEAM = 1000;

/** Most rows of a decoder. */
const MAX_ROWS = 2 ** 16;

export const beamSizes = (): v.GenericSchema<number> => upTo(MAX_BEAM);

const optionsFor = ({ vocabulary, rows }: StepDecoder) =>
  ({
    eos: needed(token(vocabulary)),
    start: v.optional(token(vocabulary)),
    forbidden: v.optional(tokenList(vocabulary), []),
    maxLength: v.optional(
      checkedBy<number | readonly number[]>((limit) => limitsOf(limit, rows)),
      200,
    ),
    lengthPenalty: v.optional(finite(), 1),
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
): { readonly settings: SearchSettings; readonly own: v.InferOutput<v.ObjectSchema<Own, undefined>> } => {
  try {
    checkDecoder(where, decoder);
    const shared = optionsFor(decoder);
    const parsed = parseAs(fields({ ...shared, ...own }), options, where);
    const {
      eos,
      start = eos,
      maxLength,
      ...rest
    } = parsed as v.InferOutput<v.ObjectSchema<typeof shared, undefined>>;
    return {
      settings: { ...rest, eos, start, limits: limitsOf(maxLength, decoder.rows) },
      own: parsed as v.InferOutput<v.ObjectSchema<Own, undefined>>,
    };
  } catch (error) {
    if (isMethod(decoder, 'dispose')) decoder.dispose();
    throw error;
  }
};
