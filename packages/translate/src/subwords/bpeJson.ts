import {
  check,
  checkOneOf,
  checkOptions,
  checkRecord,
  checkText,
  checkTexts,
  invalidArgument,
  isRecord,
  SteadyformerError,
  show,
} from '@steadyformer/core';
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

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** One merge from its line of text. */
export const parseMerge = (line: string, where: string): Merge => {
  const [left, right, ...more] = line.split(' ');
  if (left && right && more.length === 0) return [left, right];
  throw new SteadyformerError(
    `${where}: received ${show(line)}, allowed two symbols with one space between.`,
  );
};

const KEYS = ['format', 'version', 'preTokenizer', 'endOfWord', 'tokens', 'merges', 'normalisation'];

/** Throws unless it is what a vocabulary is made of. */
export const checkModel = (model: BpeModel): void => {
  checkRecord('BPE vocabulary', model, '{ preTokenizer, endOfWord, tokens, merges }');
  checkOptions(model, KEYS.slice(2), 'BPE vocabulary');
  checkOneOf('BPE vocabulary preTokenizer', model.preTokenizer, PRE_TOKENIZERS);
  const { normalisation = 'none' } = model;
  checkOneOf('BPE vocabulary normalisation', normalisation, NORMALISATIONS);
  checkText('BPE vocabulary endOfWord', model.endOfWord);
  checkTexts('BPE vocabulary tokens', model.tokens);
  check(Array.isArray(model.merges), 'BPE vocabulary merges', model.merges, 'a list of pairs of symbols');
  for (const [i, merge] of model.merges.entries()) {
    const pair = isStrings(merge) && merge.length === 2 && merge.every((symbol) => symbol !== '');
    check(pair, `BPE vocabulary merges[${i}]`, merge, 'two symbols');
  }
};

/** @throws SteadyformerError where the value is not what `modelToJson` gives. */
export const modelFromJson = (json: unknown): BpeModel => {
  const record: Partial<Record<keyof BpeJson, unknown>> = isRecord(json) ? json : {};
  const { format, version, preTokenizer, endOfWord, tokens, merges, normalisation = 'none' } = record;
  if (format !== 'steadyformer-bpe' || version !== 1) {
    throw invalidArgument({
      what: 'format and version of a BPE vocabulary',
      received: [format, version],
      allowed: "'steadyformer-bpe' and 1",
      next: 'Read subword-nmt codes with readSubwordNmt.',
    });
  }
  checkOptions(record, KEYS, 'BPE vocabulary');
  const first = NORMALISATIONS.find((name) => name === normalisation);
  if (!first) {
    throw invalidArgument({
      what: 'normalisation of a BPE vocabulary',
      received: normalisation,
      allowed: NORMALISATIONS.join(', '),
      next: 'The file is of a later release, or damaged.',
    });
  }
  const kind = PRE_TOKENIZERS.find((name) => name === preTokenizer);
  if (!kind || typeof endOfWord !== 'string' || !isStrings(tokens) || !isStrings(merges)) {
    throw new SteadyformerError(
      `BPE vocabulary: preTokenizer must be ${PRE_TOKENIZERS.join(' or ')}, endOfWord a text, ` +
        'tokens and merges lists of texts. The file is damaged or was edited by hand.',
    );
  }
  return {
    preTokenizer: kind,
    endOfWord,
    tokens,
    ...(first === 'none' ? {} : { normalisation: first }),
    merges: merges.map((line, i) => parseMerge(line, `BPE vocabulary, merge ${i}`)),
  };
};
