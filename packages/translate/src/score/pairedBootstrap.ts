import { checkInteger, checkOptions, invalidArgument } from '@steadyformer/core';
import { bleuMetric } from './bleu';
import { corpusStatistics, formatSignature, type Metric, sumStatistics } from './metric';
import { numpyIntegers } from './numpyRandom';
import type { References } from './references';

export interface BootstrapOptions {
  /** Default: BLEU. */
  readonly metric?: Metric;
  /** How many resamples. Default 1000. */
  readonly samples?: number;
  /** Seed of the resamples, a whole number from 0 to 2^32 - 1. Default 12345, sacreBLEU's. */
  readonly seed?: number;
}

/** A score with its 95 % interval over resamples: mean plus and minus `halfWidth`. */
export interface Estimate {
  readonly score: number;
  readonly mean: number;
  readonly halfWidth: number;
}

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

const OPTIONS = ['metric', 'samples', 'seed'];
const MAX_SENTENCES = 2 ** 21;

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

/** The scores of both systems on resamples of the sentences: as many as there are, drawn with replacement. */
const resampledScores = (
  metric: Metric,
  systems: readonly [StatisticsRows, StatisticsRows],
  samples: number,
  seed: number,
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
    for (const [system, sum] of sums.entries()) scores[system as 0 | 1][sample] = metric.scoreOf(sum).score;
  }
  return scores;
};

/**
 * Paired bootstrap resampling (Koehn, 2004) of two systems on the same sentences, with sacreBLEU's resamples: its
 * p-value for the same seed (but for identical systems), and its mean and interval up to the single precision it computes resamples in.
 *
 * @throws SteadyformerError on unknown options or values out of range, or where numbers of sentences differ.
 */
export const pairedBootstrap = (
  baseline: readonly string[],
  system: readonly string[],
  references: References,
  options: BootstrapOptions = {},
): PairedBootstrap => {
  checkOptions(options, OPTIONS, 'pairedBootstrap');
  const { metric = bleuMetric(), samples = 1000, seed = 12345 } = options;
  checkInteger('samples', samples);
  checkInteger('seed', seed, 0);
  if (seed >= 2 ** 32) throw invalidArgument({ what: 'seed', received: seed, allowed: '0 to 4294967295' });
  if (baseline.length > MAX_SENTENCES) {
    throw invalidArgument({
      what: 'sentences',
      received: baseline.length,
      allowed: `at most ${MAX_SENTENCES}`,
    });
  }
  const { rows, count } = corpusStatistics(metric, baseline, references);
  const other = corpusStatistics(metric, system, references).rows;
  const scoreOf = (each: StatisticsRows): number => metric.scoreOf(sumStatistics(each)).score;
  const scores = [scoreOf(rows), scoreOf(other)] as const;
  const resampled = resampledScores(metric, [rows, other], samples, seed);
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
