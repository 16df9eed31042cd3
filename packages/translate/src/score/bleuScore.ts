import { parseAs } from '@steadyformer/core';
import { upTo } from '../checks/schemas';
import type { Signed } from './metric';
import { formatFixed } from './python';

/** What to do with orders without a match (Chen and Cherry, 2014): methods 3, 1 and 2 of that paper, or nothing. */
export type BleuSmoothing = 'exp' | 'floor' | 'add-k' | 'none';

/** What `bleu` gives. */
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

/** Every smoothing, with the default of its value where it takes one. */
export const SMOOTHING: Readonly<Record<BleuSmoothing, number | undefined>> = {
  exp: undefined,
  floor: 0.1,
  'add-k': 1,
  none: undefined,
};

const LOG_OF_ZERO = -9999999999;

export interface BleuSettings {
  readonly maxOrder: number;
  readonly smoothing: BleuSmoothing;
  readonly smoothingValue: number;
  readonly effectiveOrder: boolean;
}

/**
 * BLEU from summed counts (Papineni et al., 2002).
 *
 * @param statistics hypothesis length, reference length, matches of each order, n-grams of each order
 */
export const bleuFromCounts = (
  statistics: readonly number[],
  { maxOrder, smoothing, smoothingValue, effectiveOrder }: BleuSettings,
): BleuScore => {
  const [hypothesisLength = 0, referenceLength = 0] = statistics;
  const counts = statistics.slice(2, 2 + maxOrder);
  const totals = statistics.slice(2 + maxOrder);
  const brevityPenalty =
    hypothesisLength >= referenceLength
      ? 1
      : hypothesisLength > 0
        ? Math.exp(1 - referenceLength / hypothesisLength)
        : 0;
  const precisions = new Array<number>(maxOrder).fill(0);
  const rest = { counts, totals, brevityPenalty, hypothesisLength, referenceLength };
  if (counts.every((count) => count === 0)) return { score: 0, precisions, ...rest };

  let halving = 1;
  let orders = maxOrder;
  for (let n = 0; n < maxOrder; n++) {
    const added = smoothing === 'add-k' && n > 0 ? smoothingValue : 0;
    const [count, total] = [counts[n]! + added, totals[n]! + added];
    if (total === 0) break;
    if (effectiveOrder) orders = n + 1;
    if (count > 0) precisions[n] = (100 * count) / total;
    else if (smoothing === 'exp') {
      halving *= 2;
      precisions[n] = 100 / (halving * total);
    } else if (smoothing === 'floor') precisions[n] = (100 * smoothingValue) / total;
  }
  const logs = precisions.slice(0, orders).map((p) => (p === 0 ? LOG_OF_ZERO : Math.log(p)));
  const score = brevityPenalty * Math.exp(logs.reduce((sum, log) => sum + log, 0) / orders);
  return { score, precisions, ...rest };
};

/** The line sacreBLEU prints for a BLEU score. */
export const formatBleu = (result: Signed<BleuScore>, digits = 1): string => {
  parseAs(upTo(20, 0), digits, 'formatBleu() digits');
  const { score, signature, precisions, brevityPenalty, hypothesisLength, referenceLength } = result;
  const ratio = referenceLength > 0 ? hypothesisLength / referenceLength : 0;
  return (
    `BLEU|${signature} = ${formatFixed(score, digits)} ${precisions.map((p) => formatFixed(p, 1)).join('/')} ` +
    `(BP = ${formatFixed(brevityPenalty, 3)} ratio = ${formatFixed(ratio, 3)} ` +
    `hyp_len = ${hypothesisLength} ref_len = ${referenceLength})`
  );
};
