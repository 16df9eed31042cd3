import { callback, check, checkText, checkTexts, fields, invalidArgument, parseAs } from '@steadyformer/core';
import * as v from 'valibot';
import { listOf, type SchemasOf, upTo } from '../checks/schemas';
import { bleuMetric } from './bleu';
import { chrFMetric } from './chrF';
import { corpusStatistics, formatSignature, isMetric, type Metric, sumStatistics } from './metric';
import { type PairedBootstrap, pairedBootstrap } from './pairedBootstrap';
import type { References } from './references';
import { terMetric } from './ter';

/** The translations of one system. */
export interface System {
  readonly name: string;
  readonly texts: readonly string[];
}

/** Options of `scoreSystems`. */
export interface ScoreSystemsOptions {
  /** Default: BLEU, chrF, chrF++ and TER, as sacreBLEU has them. */
  readonly metrics?: readonly Metric[];
  /** Resamples of the bootstrap; 0 for none, and no intervals. Default 1000. */
  readonly samples?: number;
  /** Seed of the resamples. Default 12345, sacreBLEU's. */
  readonly seed?: number;
  /** Told before every score that is computed. An exception of it ends the call. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** What one system gets by one metric. */
export interface SystemScore {
  readonly system: string;
  readonly score: number;
  /** Mean over the resamples, and half of their 95 % interval. Absent without a bootstrap. */
  readonly mean?: number;
  readonly halfWidth?: number;
  /** How probable so large a difference to the first system is if the two were equally good. Absent of the first. */
  readonly pValue?: number;
}

/** Systems by one metric. */
export interface MetricScores {
  readonly metric: string;
  readonly better: 'higher' | 'lower';
  /** What has to be known to compute the scores again. */
  readonly signature: string;
  readonly systems: readonly SystemScore[];
}

/** Several systems by several metrics, beside the first system. */
export interface ScoreReport {
  readonly sentences: number;
  readonly samples: number;
  readonly metrics: readonly MetricScores[];
}

const optionFields = () =>
  fields({
    metrics: v.optional(listOf<Metric>('a list of metrics such as bleuMetric() makes', isMetric)),
    samples: v.optional(upTo(1_000_000, 0), 1000),
    seed: v.optional(upTo(2 ** 32 - 1, 0), 12345),
    onProgress: v.optional(callback<NonNullable<ScoreSystemsOptions['onProgress']>>()),
  } satisfies SchemasOf<ScoreSystemsOptions>);

const checkSystems = (systems: readonly System[]): void => {
  const what = 'scoreSystems() systems';
  const allowed = 'a list of one { name, texts } or more';
  check(Array.isArray(systems) && systems.length > 0, what, systems, allowed);
  for (const [i, system] of systems.entries()) {
    checkText(`${what}[${i}].name`, system?.name);
    checkTexts(`${what}[${i}].texts`, system.texts);
    if (systems.slice(0, i).some(({ name }) => name === system.name)) {
      throw invalidArgument({
        what: `${what}[${i}].name`,
        received: system.name,
        allowed: 'another name for each system',
      });
    }
  }
};

/** A metric that counts no sentence twice: every system is compared with the first. */
const remembering = (metric: Metric): Metric => {
  const known = new Map<string, readonly number[]>();
  return {
    ...metric,
    statistics: (hypothesis, references) => {
      const key = JSON.stringify([hypothesis, ...references]);
      const found = known.get(key) ?? metric.statistics(hypothesis, references);
      known.set(key, found);
      return found;
    },
    scoreOf: (statistics) => metric.scoreOf(statistics),
  };
};

/** Errors go down, all other scores up. */
const betterOf = ({ name }: Metric): MetricScores['better'] => (name === 'TER' ? 'lower' : 'higher');

/**
 * Scores systems on the same sentences: by each metric a score, its 95 % interval, and the p-value of its difference to the
 * first system, by paired bootstrap resampling (Koehn, 2004). All numbers and signatures are sacreBLEU's.
 *
 * @throws SteadyformerError on unknown options, two systems of one name, and where numbers of sentences differ
 */
export const scoreSystems = (
  systems: readonly System[],
  references: References,
  options: ScoreSystemsOptions = {},
): ScoreReport => {
  const {
    metrics = [bleuMetric(), chrFMetric(), chrFMetric({ wordOrder: 2 }), terMetric()],
    samples,
    seed,
    onProgress,
  } = parseAs(optionFields(), options, 'scoreSystems()');
  checkSystems(systems);
  const total = metrics.length * systems.length;
  let done = 0;
  const byMetric = metrics.map((given): MetricScores => {
    const metric = remembering(given);
    const [first] = systems as [System];
    const scored = systems.map(({ name, texts }, i) => {
      onProgress?.({ done: done++, total });
      if (samples === 0) return withoutBootstrap(metric, name, texts, references);
      const compared = pairedBootstrap(first.texts, texts, references, { metric, samples, seed });
      return fromBootstrap(name, compared, i === 0);
    });
    const { signature } = scored[0]!;
    return {
      metric: metric.name,
      better: betterOf(metric),
      signature,
      systems: scored.map(({ signature: _, ...score }) => score),
    };
  });
  return { sentences: systems[0]!.texts.length, samples, metrics: byMetric };
};

type Scored = SystemScore & { readonly signature: string };

const withoutBootstrap = (
  metric: Metric,
  system: string,
  texts: readonly string[],
  references: References,
): Scored => {
  const { rows, count } = corpusStatistics(metric, texts, references);
  const { score } = metric.scoreOf(sumStatistics(rows));
  return { system, score, signature: formatSignature([['nrefs', count], ...metric.signature]) };
};

const fromBootstrap = (
  name: string,
  { system, pValue, signature }: PairedBootstrap,
  isFirst: boolean,
): Scored => ({ system: name, ...system, ...(isFirst ? {} : { pValue }), signature });
