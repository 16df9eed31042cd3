import {
  check,
  checkedBy,
  checkTexts,
  fields,
  invalidArgument,
  isRecord,
  oneOf,
  parseAs,
  SteadyformerError,
  show,
  text,
} from '@steadyformer/core';
import type { GenericSchema } from 'valibot';
import * as v from 'valibot';
import type { SchemasOf } from '../checks/schemas';
import { NORMALISATIONS, type Normalisation } from '../text/normalise';
import type { Merge } from './learnMerges';
import { PRE_TOKENIZERS, type PreTokenizer } from './preTokenizer';

/** What a vocabulary is made of, as plain data. */
export interface BpeModel {
  readonly preTokenizer: PreTokenizer;
  /** Mark on the last symbol of a piece: '' for none, '</w>' as in subword-nmt. */
  readonly endOfWord: string;
  /** The tokens after the special ones, in the order of their ids. */
  readonly tokens: readonly string[];
  /** The merges in the order in which they were learned. */
  readonly merges: readonly Merge[];
  /** What text goes through before it is cut, where it comes from outside. Absent: 'none'. */
  readonly normalisation?: Normalisation;
}

/** The JSON form of a `Bpe`. Each merge is its two symbols with a space between. */
export interface BpeJson {
  readonly format: 'steadyformer-bpe';
  readonly version: 1;
  readonly preTokenizer: PreTokenizer;
  readonly endOfWord: string;
  readonly tokens: readonly string[];
  readonly merges: readonly string[];
  /** Absent in files of earlier releases, whose text was taken as it came. */
  readonly normalisation?: Normalisation;
}

export const modelToJson = ({
  preTokenizer,
  endOfWord,
  tokens,
  merges,
  normalisation = 'none',
}: BpeModel): BpeJson => ({
  format: 'steadyformer-bpe',
  version: 1,
  preTokenizer,
  endOfWord,
  ...(normalisation === 'none' ? {} : { normalisation }),
  tokens: [...tokens],
  merges: merges.map((merge) => merge.join(' ')),
});

/** One merge from its line of text. */
export const parseMerge = (line: string, where: string): Merge => {
  const [left, right, ...more] = line.split(' ');
  if (left && right && more.length === 0) return [left, right];
  throw new SteadyformerError(
    `${where}: received ${show(line)}, allowed two symbols with one space between.`,
  );
};

const isMerge = (merge: unknown): boolean =>
  Array.isArray(merge) &&
  merge.length === 2 &&
  merge.every((each) => typeof each === 'string' && each !== '');

const checkMerges = (merges: readonly Merge[]): void => {
  check(Array.isArray(merges), 'BPE vocabulary.merges', merges, 'a list of pairs of symbols');
  for (const [i, merge] of merges.entries()) {
    check(isMerge(merge), `BPE vocabulary.merges[${i}]`, merge, 'two symbols');
  }
};

const texts = (key: string): GenericSchema<readonly string[]> =>
  checkedBy((value: readonly string[]) => checkTexts(`BPE vocabulary.${key}`, value));

const shared = () => ({
  preTokenizer: oneOf(PRE_TOKENIZERS),
  endOfWord: text(),
  tokens: texts('tokens'),
});

const modelFields = () =>
  fields({
    ...shared(),
    merges: checkedBy(checkMerges),
    normalisation: v.optional(oneOf(NORMALISATIONS)),
  } satisfies SchemasOf<BpeModel>);

const jsonFields = () =>
  fields({
    format: v.unknown(),
    version: v.unknown(),
    ...shared(),
    merges: texts('merges'),
    normalisation: v.optional(oneOf(NORMALISATIONS), 'none'),
  } satisfies SchemasOf<BpeJson>);

/** Throws unless it is what a vocabulary is made of. */
export const checkModel = (model: BpeModel): void => {
  parseAs(modelFields(), model, 'BPE vocabulary');
};

/** @throws SteadyformerError where the value is not what `modelToJson` gives. */
export const modelFromJson = (json: unknown): BpeModel => {
  const { format, version } = (isRecord(json) ? json : {}) as Partial<BpeJson>;
  if (format !== 'steadyformer-bpe' || version !== 1) {
    throw invalidArgument({
      what: 'format and version of a BPE vocabulary',
      received: [format, version],
      allowed: "'steadyformer-bpe' and 1",
      next: 'Read subword-nmt codes with readSubwordNmt.',
    });
  }
  const next = 'The file is of a later release, damaged, or was edited by hand.';
  const { preTokenizer, endOfWord, tokens, merges, normalisation } = parseAs(
    jsonFields(),
    json,
    'BPE vocabulary',
    next,
  );
  return {
    preTokenizer,
    endOfWord,
    tokens,
    ...(normalisation === 'none' ? {} : { normalisation }),
    merges: merges.map((line, i) => parseMerge(line, `BPE vocabulary, merge ${i}`)),
  };
};
