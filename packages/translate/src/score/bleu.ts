import { checkInteger, checkOptions, invalidArgument } from '@steadyformer/core';
import { corpusScore, type Metric, type Signed } from './metric';
import { type Counts, countMatches, countNgrams } from './ngrams';
import { formatFixed, trimRight } from './python';
import type { References } from './references';
import { type BleuTokenizer, TOKENIZERS } from './tokenizers';

/** What to do with orders without a match (Chen and Cherry, 2014): methods 3, 1 and 2 of that paper, or nothing. */
export type BleuSmoothing = 'exp' | 'floor' | 'add-k' | 'none';

export interface BleuOptions {
  /** Default '13a'. */
  readonly tokenizer?: BleuTokenizer;
  /** Whether case is ignored. Default false. */
  readonly lowercase?: boolean;
  /** Default 'exp'. */
  readonly smoothing?: BleuSmoothing;
  /** The value of 'floor' (default 0.1) or 'add-k' (default 1). */
  readonly smoothingValue?: number;
  /** Longest n-grams. Default 4. */
  readonly maxOrder?: number;
  /** Whether orders longer than the hypothesis are left out: for single sentences. Default false. */
  readonly effectiveOrder?: boolean;
}

export interface BleuScore {
  /** 0 to 100. */
  readonly score: number;
  /** Precision of each order, 0 to 100, smoothed. */
  readonly precisions: readonly number[];
  /** Matching and all n-grams of the hypotheses, by order. */
  readonly counts: readonly number[];
  readonly totals: readonly number[];
  readonly brevityPenalty: number;
  readonly hypothesisLength: number;
  readonly referenceLength: number;
}

const OPTIONS = ['tokenizer', 'lowercase', 'smoothing', 'smoothingValue', 'maxOrder', 'effectiveOrder'];
const SMOOTHING: Record<BleuSmoothing, number | undefined> = {
  exp: undefined,
  floor: 0.1,
  'add-k': 1,
  none: undefined,
};

const LOG_OF_ZERO = -9999999999;

/** BLEU from counts (Papineni et al., 2002; corpus form). */
const scoreOf = (
  statistics: readonly number[],
  {
    order,
    smoothing,
    value,
    effectiveOrder,
  }: {
    order: number;
    smoothing: BleuSmoothing;
    value: number;
    effectiveOrder: boolean;
  },
): BleuScore => {
  const [hypothesisLength = 0, referenceLength = 0] = statistics;
  const counts = statistics.slice(2, 2 + order);
  const totals = statistics.slice(2 + order);
  const brevityPenalty =
    hypothesisLength >= referenceLength
      ? 1
      : hypothesisLength > 0
        ? Math.exp(1 - referenceLength / hypothesisLength)
        : 0;
  const precisions = new Array<number>(order).fill(0);
  const rest = { counts, totals, brevityPenalty, hypothesisLength, referenceLength };
  if (counts.every((count) => count === 0)) return { score: 0, precisions, ...rest };

  let halving = 1;
  let orders = order;
  for (let n = 0; n < order; n++) {
    const added = smoothing === 'add-k' && n > 0 ? value : 0;
    const [count, total] = [counts[n]! + added, totals[n]! + added];
    if (total === 0) break;
    if (effectiveOrder) orders = n + 1;
    if (count > 0) precisions[n] = (100 * count) / total;
    else if (smoothing === 'exp') {
      halving *= 2;
      precisions[n] = 100 / (halving * total);
    } else if (smoothing === 'floor') precisions[n] = (100 * value) / total;
  }
  const logs = precisions.slice(0, orders).map((p) => (p === 0 ? LOG_OF_ZERO : Math.log(p)));
  const score = brevityPenalty * Math.exp(logs.reduce((sum, log) => sum + log, 0) / orders);
  return { score, precisions, ...rest };
};

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
  checkOptions(options, OPTIONS, 'bleu');
  const {
    tokenizer = '13a',
    lowercase = false,
    smoothing = 'exp',
    maxOrder = 4,
    effectiveOrder = false,
  } = options;
  const tokenize = TOKENIZERS[tokenizer];
  if (!tokenize) {
    throw invalidArgument({
      what: 'tokenizer',
      received: tokenizer,
      allowed: Object.keys(TOKENIZERS).join(', '),
    });
  }
  if (!(smoothing in SMOOTHING)) {
    throw invalidArgument({
      what: 'smoothing',
      received: smoothing,
      allowed: Object.keys(SMOOTHING).join(', '),
    });
  }
  checkInteger('maxOrder', maxOrder);
  const value = options.smoothingValue ?? SMOOTHING[smoothing] ?? 0;
  const words = (text: string): string[] => tokenize(trimRight(lowercase ? text.toLowerCase() : text));
  const orders = Array.from({ length: maxOrder }, (_, i) => i + 1);
  return {
    name: 'BLEU',
    statistics: (hypothesis, references) => {
      const spoken = words(hypothesis);
      const expected = references.map(words);
      const counts = orders.map((n) => countMatches(countNgrams(spoken, n, ' '), mostOf(expected, n)));
      const totals = orders.map((n) => Math.max(0, spoken.length - n + 1));
      const lengths = expected.map((reference) => reference.length);
      return [spoken.length, nearestLength(spoken.length, lengths), ...counts, ...totals];
    },
    scoreOf: (statistics) => scoreOf(statistics, { order: maxOrder, smoothing, value, effectiveOrder }),
    signature: [
      ['case', lowercase ? 'lc' : 'mixed'],
      ['eff', effectiveOrder],
      ['tok', tokenizer],
      ['smooth', SMOOTHING[smoothing] === undefined ? smoothing : `${smoothing}[${formatFixed(value, 2)}]`],
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

/** BLEU of one sentence against its references; the effective order is used unless `options` says otherwise. */
export const sentenceBleu = (
  hypothesis: string,
  references: readonly string[],
  options: BleuOptions = {},
): Signed<BleuScore> =>
  bleu(
    [hypothesis],
    references.map((reference) => [reference]),
    { effectiveOrder: true, ...options },
  );

/** The line sacreBLEU prints for a BLEU score. */
export const formatBleu = (result: Signed<BleuScore>, digits = 1): string => {
  const { score, signature, precisions, brevityPenalty, hypothesisLength, referenceLength } = result;
  const ratio = referenceLength > 0 ? hypothesisLength / referenceLength : 0;
  return (
    `BLEU|${signature} = ${formatFixed(score, digits)} ${precisions.map((p) => formatFixed(p, 1)).join('/')} ` +
    `(BP = ${formatFixed(brevityPenalty, 3)} ratio = ${formatFixed(ratio, 3)} ` +
    `hyp_len = ${hypothesisLength} ref_len = ${referenceLength})`
  );
};
