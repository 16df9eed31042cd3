import {
  checkInteger,
  checkIterable,
  checkRecord,
  checkText,
  fields,
  finite,
  flag,
  parseAs,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import type { SchemasOf } from '../checks/schemas';
import { LargeSet } from './largeSet';
import { normaliseText } from './normalise';
import type { SentencePair } from './sentencePair';

/** Options of `cleanCorpus`. */
export interface CleanOptions {
  /** Pairs with fewer words on a side are dropped. Default 1. */
  readonly minWords?: number;
  /** Pairs with more words on a side are dropped. Default 100. */
  readonly maxWords?: number;
  /** Pairs whose longer side has more than this many times the words of the shorter are dropped. Default 3. */
  readonly maxRatio?: number;
  /** Whether pairs with the same text on both sides (case ignored) stay. Default false. */
  readonly keepIdentical?: boolean;
  /** Whether a pair that was met before stays. Default false. */
  readonly keepDuplicates?: boolean;
}

/** Why a pair was dropped. */
export type DropReason = 'tooShort' | 'tooLong' | 'ratio' | 'identical' | 'duplicate';

/** What `cleanCorpus` gives. */
export interface Cleaned {
  readonly pairs: readonly SentencePair[];
  /** How many pairs were dropped, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
}

const optionFields = () =>
  fields({
    minWords: v.optional(whole(), 1),
    maxWords: v.optional(whole(), 100),
    maxRatio: v.optional(
      finite('numbers >= 1', (ratio) => ratio >= 1),
      3,
    ),
    keepIdentical: v.optional(flag(), false),
    keepDuplicates: v.optional(flag(), false),
  } satisfies SchemasOf<CleanOptions>);

const countWords = (text: string): number => (text === '' ? 0 : text.split(' ').length);

const checkPair = (pair: SentencePair): void => {
  checkRecord('sentence pair', pair, '{ source, target }');
  checkText('source of a sentence pair', pair.source);
  checkText('target of a sentence pair', pair.target);
};

/**
 * A filter for one corpus: gives the normalised pair, or why it is dropped. It remembers the pairs it has seen,
 * so make one a corpus.
 *
 * @throws SteadyformerError on an unknown option or a bound out of range.
 */
export const cleaner = (options: CleanOptions = {}): ((pair: SentencePair) => SentencePair | DropReason) => {
  const { minWords, maxWords, maxRatio, keepIdentical, keepDuplicates } = parseAs(
    optionFields(),
    options,
    'cleaner()',
  );
  checkInteger('cleaner() maxWords', maxWords, minWords);
  const seen = new LargeSet<string>();
  return (pair) => {
    checkPair(pair);
    const source = normaliseText(pair.source);
    const target = normaliseText(pair.target);
    const [m, n] = [countWords(source), countWords(target)];
    if (Math.min(m, n) < minWords) return 'tooShort';
    if (Math.max(m, n) > maxWords) return 'tooLong';
    if (Math.max(m, n) > maxRatio * Math.min(m, n)) return 'ratio';
    if (!keepIdentical && source.toLowerCase() === target.toLowerCase()) return 'identical';
    if (!keepDuplicates) {
      const key = `${source}\n${target}`;
      if (seen.has(key)) return 'duplicate';
      seen.add(key);
    }
    return { source, target };
  };
};

/**
 * Cleans a whole corpus; see `cleaner`.
 *
 * @throws SteadyformerError on what is no list of pairs, and on options that it does not know
 */
export const cleanCorpus = (pairs: Iterable<SentencePair>, options: CleanOptions = {}): Cleaned => {
  const clean = cleaner(options);
  checkIterable('cleanCorpus() pairs', pairs, 'a list of { source, target }');
  const kept: SentencePair[] = [];
  const dropped = { tooShort: 0, tooLong: 0, ratio: 0, identical: 0, duplicate: 0 };
  for (const pair of pairs) {
    const result = clean(pair);
    if (typeof result === 'string') dropped[result]++;
    else kept.push(result);
  }
  return { pairs: kept, dropped };
};
