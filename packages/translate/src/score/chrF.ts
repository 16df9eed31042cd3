import { fields, flag, parseAs, whole } from '@steadyformer/core';
import * as v from 'valibot';
import type { SchemasOf } from '../checks/schemas';
import { corpusScore, type Metric, type Signed } from './metric';
import { type Counts, countMatches, countNgrams, orders } from './ngrams';
import { splitWords, withoutSpaces } from './python';
import type { References } from './references';

/** Options of `chrF`. */
export interface ChrFOptions {
  /** Longest character n-grams. Default 6. */
  readonly charOrder?: number;
  /** Longest word n-grams: 0 for chrF, 2 for chrF++. Default 0. */
  readonly wordOrder?: number;
  /** How much more recall counts than precision. Default 2. */
  readonly beta?: number;
  /** Whether case is ignored. Default false. */
  readonly lowercase?: boolean;
  /** Whether white space counts as characters. Default false. */
  readonly whitespace?: boolean;
  /** Smoothing of chrF++.py, Moses and NLTK in place of the effective order. Default false. */
  readonly epsilonSmoothing?: boolean;
}

/** What `chrF` gives. */
export interface ChrFScore {
  /** 0 to 100. */
  readonly score: number;
}

const optionFields = () =>
  fields({
    charOrder: v.optional(orders(), 6),
    wordOrder: v.optional(orders(0), 0),
    beta: v.optional(whole(), 2),
    lowercase: v.optional(flag(), false),
    whitespace: v.optional(flag(), false),
    epsilonSmoothing: v.optional(flag(), false),
  } satisfies SchemasOf<ChrFOptions>);

const EPSILON = 1e-16;
const PUNCTUATION = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~');

/** Words with one punctuation mark set apart: the last of a word, else the first. */
const wordsOf = (text: string): string[] =>
  splitWords(text).flatMap((word) => {
    const characters = Array.from(word);
    if (characters.length === 1) return [word];
    if (PUNCTUATION.has(characters.at(-1)!)) return [characters.slice(0, -1).join(''), characters.at(-1)!];
    if (PUNCTUATION.has(characters[0]!)) return [characters[0]!, characters.slice(1).join('')];
    return [word];
  });

const total = (counts: Counts): number => {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
};

/** F-score from [hypothesis, reference, match] counts of each order (Popovic, 2015 and 2017). */
const fScore = (statistics: readonly number[], beta: number, epsilonSmoothing: boolean): number => {
  const factor = beta ** 2;
  const count = statistics.length / 3;
  let [sum, precisions, recalls, effective] = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const [spoken, expected, matching] = [statistics[3 * i]!, statistics[3 * i + 1]!, statistics[3 * i + 2]!];
    const precision = spoken > 0 ? matching / spoken : EPSILON;
    const recall = expected > 0 ? matching / expected : EPSILON;
    const denominator = factor * precision + recall;
    sum += denominator > 0 ? ((1 + factor) * precision * recall) / denominator : EPSILON;
    if (spoken > 0 && expected > 0) {
      precisions += precision;
      recalls += recall;
      effective++;
    }
  }
  if (epsilonSmoothing) return (100 * sum) / count;
  if (effective === 0 || precisions + recalls === 0) return 0;
  const [precision, recall] = [precisions / effective, recalls / effective];
  return (100 * ((1 + factor) * precision * recall)) / (factor * precision + recall);
};

/**
 * chrF as a metric, equal to sacreBLEU. Of several references the one with the best score counts.
 *
 * @throws SteadyformerError on unknown options or values out of range.
 */
export const chrFMetric = (options: ChrFOptions = {}): Metric<ChrFScore> => {
  const { charOrder, wordOrder, beta, lowercase, whitespace, epsilonSmoothing } = parseAs(
    optionFields(),
    options,
    'chrF()',
  );
  const ngramsOf = (text: string): Counts[] => {
    const cased = lowercase ? text.toLowerCase() : text;
    const characters = Array.from(whitespace ? cased : withoutSpaces(cased));
    const words = wordOrder > 0 ? wordsOf(cased) : [];
    return [
      ...Array.from({ length: charOrder }, (_, i) => countNgrams(characters, i + 1, '')),
      ...Array.from({ length: wordOrder }, (_, i) => countNgrams(words, i + 1, ' ')),
    ];
  };
  return {
    name: `chrF${beta}${'+'.repeat(wordOrder)}`,
    statistics: (hypothesis, references) => {
      const spoken = ngramsOf(hypothesis);
      let best: { readonly score: number; readonly counts: readonly number[] } | undefined;
      for (const reference of references) {
        const counts = ngramsOf(reference).flatMap((expected, i) => [
          // n-grams of an order the reference is too short for do not count.
          expected.size > 0 ? total(spoken[i]!) : 0,
          total(expected),
          countMatches(spoken[i]!, expected),
        ]);
        const score = fScore(counts, beta, epsilonSmoothing);
        if (!best || score > best.score) best = { score, counts };
      }
      return best?.counts ?? [];
    },
    scoreOf: (statistics) => ({ score: fScore(statistics, beta, epsilonSmoothing) }),
    signature: [
      ['case', lowercase ? 'lc' : 'mixed'],
      ['eff', !epsilonSmoothing],
      ['nc', charOrder],
      ['nw', wordOrder],
      ['space', whitespace],
    ],
  };
};

/**
 * chrF of a corpus (chrF++ with `wordOrder: 2`), equal to sacreBLEU 2.6.0.
 *
 * @throws SteadyformerError on unknown options, or where hypotheses and references differ in number.
 */
export const chrF = (
  hypotheses: readonly string[],
  references: References,
  options: ChrFOptions = {},
): Signed<ChrFScore> => corpusScore(chrFMetric(options), hypotheses, references);
