import { fields, flag, parseAs } from '@steadyformer/core';
import * as v from 'valibot';
import type { SchemasOf } from '../checks/schemas';
import { corpusScore, type Metric, type Signed } from './metric';
import { splitWords, trimRight } from './python';
import type { References } from './references';
import { countEdits } from './shifts';
import { terWords } from './terTokenizer';

/** Options of `ter`. */
export interface TerOptions {
  /** Whether punctuation is set apart, as Tercom's normaliser does. Default false. */
  readonly normalized?: boolean;
  /** Whether punctuation is removed. Default false. */
  readonly noPunctuation?: boolean;
  /** Whether Chinese and Japanese characters and punctuation are treated too, by the two above. Default false. */
  readonly asianSupport?: boolean;
  /** Whether case counts. Default false. */
  readonly caseSensitive?: boolean;
}

/** What `ter` gives. */
export interface TerScore {
  /** Edits per hundred reference words: 0 is best, no upper bound. */
  readonly score: number;
  readonly edits: number;
  /** Reference words, averaged over the references of each sentence. */
  readonly referenceLength: number;
}

const optionFields = () =>
  fields({
    normalized: v.optional(flag(), false),
    noPunctuation: v.optional(flag(), false),
    asianSupport: v.optional(flag(), false),
    caseSensitive: v.optional(flag(), false),
  } satisfies SchemasOf<TerOptions>);

/**
 * TER as a metric, equal to sacreBLEU. Of several references the fewest edits count. As there, with `normalized`
 * "cat's." in a reference is three words and in a hypothesis two: a sentence against itself is then not without edits.
 *
 * @throws SteadyformerError on unknown options.
 */
export const terMetric = (options: TerOptions = {}): Metric<TerScore> => {
  const settings = parseAs(optionFields(), options, 'ter()');
  const { normalized, noPunctuation, asianSupport, caseSensitive } = settings;
  return {
    name: 'TER',
    statistics: (hypothesis, references) => {
      const numbers = new Map<string, number>();
      const numbersOf = (words: readonly string[]): Int32Array =>
        Int32Array.from(words, (word) => {
          if (!numbers.has(word)) numbers.set(word, numbers.size);
          return numbers.get(word)!;
        });
      const wordsOf = (text: string): string[] => splitWords(terWords(trimRight(text), settings));
      const spoken = numbersOf(wordsOf(hypothesis));
      // sacreBLEU takes a reference through its tokenizer twice, a hypothesis once. That shows with `normalized` only:
      // where "'s" stands before punctuation, which the first time sets apart, the second sets "'s" apart as well.
      const expected = references.map((text) => numbersOf(wordsOf(wordsOf(text).join(' '))));
      const lengths = expected.reduce((sum, words) => sum + words.length, 0);
      return [Math.min(...expected.map((words) => countEdits(spoken, words))), lengths / expected.length];
    },
    scoreOf: ([edits = 0, referenceLength = 0]) => {
      const rate = referenceLength > 0 ? edits / referenceLength : Math.sign(edits);
      return { score: 100 * rate, edits, referenceLength };
    },
    signature: [
      ['case', caseSensitive ? 'mixed' : 'lc'],
      ['tok', 'tercom'],
      ['norm', normalized],
      ['punct', !noPunctuation],
      ['asian', asianSupport],
    ],
  };
};

/**
 * Translation edit rate of a corpus, equal to sacreBLEU 2.6.0.
 *
 * @throws SteadyformerError on unknown options, or where hypotheses and references differ in number.
 */
export const ter = (
  hypotheses: readonly string[],
  references: References,
  options: TerOptions = {},
): Signed<TerScore> => corpusScore(terMetric(options), hypotheses, references);
