import { such } from '@steadyformer/core';
import type { GenericSchema } from 'valibot';
import { isMethod } from '../checks/schemas';
import { alignReferences, type References } from './references';

/** The release of sacreBLEU whose numbers these are. */
export const SACREBLEU_VERSION = '2.6.0';

/** What a signature says, in order. */
export type SignatureItems = readonly (readonly [key: string, value: string | number | boolean])[];

/** A metric as a pure function in two halves: counts a sentence, and a score of summed counts. */
export interface Metric<Score extends { readonly score: number } = { readonly score: number }> {
  readonly name: string;
  /** The counts of one sentence. Sums of them give the score of a corpus. */
  statistics(hypothesis: string, references: readonly string[]): readonly number[];
  /** The score of summed counts. */
  scoreOf(statistics: readonly number[]): Score;
  /** The metric's own part of the signature. */
  readonly signature: SignatureItems;
}

/** Whether a value has what a metric has. */
export const isMetric = (value: unknown): boolean => {
  const { name, signature } = (value ?? {}) as Partial<Metric>;
  const counts = ['statistics', 'scoreOf'].every((method) => isMethod(value, method));
  return counts && typeof name === 'string' && Array.isArray(signature);
};

/** Metrics, ours or the caller's own. */
export const metrics = (): GenericSchema<Metric> => such('a metric such as bleuMetric() makes', isMetric);

/** sacreBLEU's signature: what has to be known to compute the same score again. */
export const formatSignature = (items: SignatureItems): string =>
  [...items, ['version', SACREBLEU_VERSION] as const]
    .map(([key, value]) => `${key}:${typeof value === 'boolean' ? (value ? 'yes' : 'no') : value}`)
    .join('|');

/** Sums lists of counts, place by place. */
export const sumStatistics = (rows: readonly (readonly number[])[]): number[] => {
  const total = [...(rows[0] ?? [])];
  for (const row of rows.slice(1)) for (let i = 0; i < total.length; i++) total[i]! += row[i]!;
  return total;
};

/** A score and the signature to report it with. */
export type Signed<Score> = Score & { readonly signature: string };

/** The counts of every sentence of a corpus, and how many references each has. */
export const corpusStatistics = (
  metric: Metric,
  hypotheses: readonly string[],
  references: References,
): { readonly rows: readonly (readonly number[])[]; readonly count: number | 'var' } => {
  const { bySentence, count } = alignReferences(hypotheses, references);
  return { rows: hypotheses.map((text, i) => metric.statistics(text, bySentence[i]!)), count };
};

/** The score of a corpus. */
export const corpusScore = <Score extends { readonly score: number }>(
  metric: Metric<Score>,
  hypotheses: readonly string[],
  references: References,
): Signed<Score> => {
  const { rows, count } = corpusStatistics(metric, hypotheses, references);
  const signature = formatSignature([['nrefs', count], ...metric.signature]);
  return { ...metric.scoreOf(sumStatistics(rows)), signature };
};
