import {
  callback,
  checkTexts,
  fields,
  invalidArgument,
  parseAs,
  SteadyformerError,
} from '@steadyformer/core';
import * as v from 'valibot';
import { type SchemasOf, upTo } from '../checks/schemas';
import { bleuMetric } from './bleu';
import { corpusStatistics, formatSignature, type Metric, metrics, sumStatistics } from './metric';
import { numpyIntegers } from './numpyRandom';
import type { References } from './references';

/** Options of `pairedBootstrap`. */
export interface BootstrapOptions {
  /** Default: BLEU. */
  readonly metric?: Metric;
  /** How many resamples. Default 1000. */
  readonly samples?: number;
  /** Seed of the resamples, a whole number from 0 to 2^32 - 1. Default 12345, sacreBLEU's. */
  readonly seed?: number;
  /** Told every tenth resample how many are done. An exception of it ends the call. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** A score with its 95 % interval over resamples: mean plus and minus `halfWidth`. */
export interface Estimate {
  readonly score: number;
  readonly mean: number;
  readonly halfWidth: number;
}

/** What `pairedBootstrap` gives: two systems by one metric. */
export interface PairedBootstrap {
  readonly metric: string;
  readonly baseline: Estimate;
  readonly system: Estimate;
  /**
   * How probable a difference this large is if the two were equally good. Below 0.05 is called significant. 1 for
   * identical systems, where sacreBLEU has its smallest value, 1 / (samples + 1).
   */
  readonly pValue: number;
  /** Whether the metric sees no difference between the systems, in any sentence. */
  readonly identical: boolean;
  readonly signature: string;
}

const REPORTED = 10;
const MAX_SENTENCES = 2 ** 21;
/** More than decide anything: the p-value is then known to 0.0005. */
const MAX_SAMPLES = 1_000_000;

const optionFields = () =>
  fields({
    metric: v.optional(metrics()),
    samples: v.optional(upTo(MAX_SAMPLES, 1), 1000),
    seed: v.optional(upTo(2 ** 32 - 1, 0), 12345),
    onProgress: v.optional(callback<NonNullable<BootstrapOptions['onProgress']>>()),
  } satisfies SchemasOf<BootstrapOptions>);

type StatisticsRows = readonly (readonly number[])[];

const mean = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
};

const estimate = (score: number, resampled: Float64Array): Estimate => {
  const sorted = resampled.slice().sort();
  const cut = Math.floor(sorted.length / 40);
  return { score, mean: mean(sorted), halfWidth: (sorted[sorted.length - cut - 1]! - sorted[cut]!) / 2 };
};

/** NaN is neither larger nor smaller than any difference: it would pass for a significant one. */
const scoreOf = (metric: Metric, statistics: readonly number[]): number => {
  const { score } = metric.scoreOf(statistics);
  if (Number.isFinite(score)) return score;
  throw new SteadyformerError(`pairedBootstrap: ${metric.name} gives the score ${score} for some sentences.`);
};

/** The scores of both systems on resamples of the sentences: as many as there are, drawn with replacement. */
const resampledScores = (
  metric: Metric,
  systems: readonly [StatisticsRows, StatisticsRows],
  { samples, seed, onProgress }: Pick<BootstrapOptions, 'onProgress'> & { samples: number; seed: number },
): readonly [Float64Array, Float64Array] => {
  const draw = numpyIntegers(seed);
  const sentences = systems[0].length;
  const width = systems[0][0]?.length ?? 0;
  const tables = systems.map((rows) => Float64Array.from(rows.flat()));
  const scores = [new Float64Array(samples), new Float64Array(samples)] as const;
  for (let sample = 0; sample < samples; sample++) {
    const sums = tables.map(() => new Array<number>(width).fill(0));
    for (let i = 0; i < sentences; i++) {
      const start = draw(sentences) * width;
      for (const [system, table] of tables.entries()) {
        const sum = sums[system]!;
        for (let k = 0; k < width; k++) sum[k]! += table[start + k]!;
      }
    }
    for (const [system, sum] of sums.entries()) scores[system as 0 | 1][sample] = scoreOf(metric, sum);
    if ((sample + 1) % REPORTED === 0) onProgress?.({ done: sample + 1, total: samples });
  }
  return scores;
};

/**
 * Paired bootstrap resampling (Koehn, 2004) of two systems on the same sentences, with sacreBLEU's resamples: its
 * p-value for the same seed (but for identical systems), and its mean and interval up to the single precision it computes resamples in.
 *
 * @throws SteadyformerError on unknown options or values out of range, where numbers of sentences differ, or where a score is not
 *   finite.
 */
export const pairedBootstrap = (
  baseline: readonly string[],
  system: readonly string[],
  references: References,
  options: BootstrapOptions = {},
): PairedBootstrap => {
  const {
    metric = bleuMetric(),
    samples,
    seed,
    onProgress,
  } = parseAs(optionFields(), options, 'pairedBootstrap()');
  checkTexts('pairedBootstrap() baseline', baseline);
  checkTexts('pairedBootstrap() system', system);
  if (baseline.length > MAX_SENTENCES) {
    throw invalidArgument({
      what: 'sentences',
      received: baseline.length,
      allowed: `at most ${MAX_SENTENCES}`,
    });
  }
  const { rows, count } = corpusStatistics(metric, baseline, references);
  const other = corpusStatistics(metric, system, references).rows;
  const scores = [scoreOf(metric, sumStatistics(rows)), scoreOf(metric, sumStatistics(other))] as const;
  const resampled = resampledScores(metric, [rows, other], {
    samples,
    seed,
    ...(onProgress && { onProgress }),
  });
  const differences = resampled[0].map((score, i) => Math.abs(resampled[1][i]! - score));
  const centre = mean(differences);
  const difference = Math.abs(scores[0] - scores[1]);
  const identical = rows.every((row, i) => row.every((value, k) => value === other[i]![k]));
  const larger = differences.filter((value) => value - centre > difference).length;
  return {
    metric: metric.name,
    baseline: estimate(scores[0], resampled[0]),
    system: estimate(scores[1], resampled[1]),
    pValue: identical ? 1 : (larger + 1) / (samples + 1),
    identical,
    signature: formatSignature([['nrefs', count], ['bs', samples], ['seed', seed], ...metric.signature]),
  };
};
