import { checkList, checkRecord, fields, finite, flag, oneOf, parseAs } from '@steadyformer/core';
import * as v from 'valibot';
import { checkNoEffect } from '../checks/combinations';
import type { SchemasOf } from '../checks/schemas';
import { type BleuScore, type BleuSmoothing, bleuFromCounts, SMOOTHING } from './bleuScore';
import { corpusScore, type Metric, type Signed } from './metric';
import { type Counts, countMatches, countNgrams, orders } from './ngrams';
import { formatFixed, trimRight } from './python';
import type { References } from './references';
import { type BleuTokenizer, TOKENIZERS } from './tokenizers';

export { type BleuScore, type BleuSmoothing, formatBleu } from './bleuScore';

/** Options of `bleu`. */
export interface BleuOptions {
  /** Default '13a'. */
  readonly tokenizer?: BleuTokenizer;
  /** Whether case is ignored. Default false. */
  readonly lowercase?: boolean;
  /** Default 'exp'. */
  readonly smoothing?: BleuSmoothing;
  /** The value of 'floor' (default 0.1) or 'add-k' (default 1); an error beside another smoothing. */
  readonly smoothingValue?: number;
  /** Longest n-grams. Default 4. */
  readonly maxOrder?: number;
  /** Whether orders longer than the hypothesis are left out: for single sentences. Default false. */
  readonly effectiveOrder?: boolean;
}

const namesOf = <Name extends string>(table: Readonly<Record<Name, unknown>>): Name[] =>
  Object.keys(table) as Name[];

const optionFields = () =>
  fields({
    tokenizer: v.optional(oneOf(namesOf(TOKENIZERS)), '13a'),
    lowercase: v.optional(flag(), false),
    smoothing: v.optional(oneOf(namesOf(SMOOTHING)), 'exp'),
    smoothingValue: v.optional(finite('numbers >= 0', (value) => value >= 0)),
    maxOrder: v.optional(orders(), 4),
    effectiveOrder: v.optional(flag(), false),
  } satisfies SchemasOf<BleuOptions>);

/** How often each n-gram may match: as often as in the reference that has most of it. */
const mostOf = (references: readonly string[][], n: number): Counts => {
  const [first = new Map<string, number>(), ...others] = references.map((words) =>
    countNgrams(words, n, ' '),
  );
  for (const counts of others) {
    for (const [ngram, count] of counts) first.set(ngram, Math.max(first.get(ngram) ?? 0, count));
  }
  return first;
};

/** The reference length nearest to `length`, the shorter of two as near. */
const nearestLength = (length: number, lengths: readonly number[]): number =>
  lengths.reduce((best, candidate) => {
    const [far, near] = [Math.abs(length - candidate), Math.abs(length - best)];
    return far < near || (far === near && candidate < best) ? candidate : best;
  });

/**
 * BLEU as a metric, equal to sacreBLEU.
 *
 * @throws SteadyformerError on unknown options or values out of range.
 */
export const bleuMetric = (options: BleuOptions = {}): Metric<BleuScore> => {
  const parsed = parseAs(optionFields(), options, 'bleu()');
  const { tokenizer, lowercase, smoothing, maxOrder, effectiveOrder } = parsed;
  const usual = SMOOTHING[smoothing];
  if (usual === undefined) {
    checkNoEffect('bleu()', options, ['smoothingValue'], `with smoothing '${smoothing}'`);
  }
  const { smoothingValue = usual ?? 0 } = parsed;
  const tokenize = TOKENIZERS[tokenizer];
  const words = (text: string): string[] => tokenize(trimRight(lowercase ? text.toLowerCase() : text));
  const lengthsOfNgrams = Array.from({ length: maxOrder }, (_, i) => i + 1);
  return {
    name: 'BLEU',
    statistics: (hypothesis, references) => {
      const spoken = words(hypothesis);
      const expected = references.map(words);
      const counts = lengthsOfNgrams.map((n) =>
        countMatches(countNgrams(spoken, n, ' '), mostOf(expected, n)),
      );
      const totals = lengthsOfNgrams.map((n) => Math.max(0, spoken.length - n + 1));
      const lengths = expected.map((reference) => reference.length);
      return [spoken.length, nearestLength(spoken.length, lengths), ...counts, ...totals];
    },
    scoreOf: (statistics) =>
      bleuFromCounts(statistics, { maxOrder, smoothing, smoothingValue, effectiveOrder }),
    signature: [
      ['case', lowercase ? 'lc' : 'mixed'],
      ['eff', effectiveOrder],
      ['tok', tokenizer],
      [
        'smooth',
        SMOOTHING[smoothing] === undefined ? smoothing : `${smoothing}[${formatFixed(smoothingValue, 2)}]`,
      ],
    ],
  };
};

/**
 * BLEU of a corpus of detokenised text, equal to sacreBLEU 2.6.0.
 *
 * @throws SteadyformerError on unknown options, or where hypotheses and references differ in number.
 */
export const bleu = (
  hypotheses: readonly string[],
  references: References,
  options: BleuOptions = {},
): Signed<BleuScore> => corpusScore(bleuMetric(options), hypotheses, references);

/**
 * BLEU of one sentence against its references; the effective order is used unless `options` says otherwise.
 *
 * @throws SteadyformerError on references that are no list of texts, and on options that `bleu` refuses
 */
export const sentenceBleu = (
  hypothesis: string,
  references: readonly string[],
  options: BleuOptions = {},
): Signed<BleuScore> => {
  checkList('sentenceBleu() references', references, 'a list of texts');
  checkRecord('bleu()', options, 'the options of bleu()');
  const sets = references.map((reference) => [reference]);
  return bleu([hypothesis], sets, { effectiveOrder: true, ...options });
};
