import { sampled, type VerdictWord, verdictOfGrowth } from '@steadyformer/analysis';
import { type Growth, growthOf, type WithInterval } from './growth';
import type { Changes, LearningPoint, Point, StartPoint, TrainedPoint } from './points';

/** How many of the networks of a depth and rate fail. */
export interface Learned {
  /** Blocks. */
  readonly layers: number;
  readonly rate: number;
  readonly failed: number;
  readonly of: number;
  /** Mean held-out loss of those whose numbers are finite, in nats a token. */
  readonly nll?: number;
}

/** One row of the atlas: what the points say of one method. */
export interface Facts {
  readonly method: string;
  /** Why it could not be measured, where it could not. */
  readonly failed?: string;
  readonly random?: Growth;
  /** The same of theorem 2; absent where theory has no form. */
  readonly predicted?: Growth;
  /** The largest of |measured / predicted - 1| over the depths up to 100. */
  readonly worst?: number;
  readonly aligned?: Growth;
  /** Distance from the linearised network at the greatest depth of those measured, after an update of 1 %. */
  readonly laziness?: WithInterval & { readonly depth: number };
  readonly word?: VerdictWord;
  readonly before?: { readonly random: Growth; readonly aligned: Growth };
  readonly after?: { readonly random: Growth; readonly aligned: Growth };
  readonly learned: readonly Learned[];
}

/** N that predictions are held to. */
const NEAR = 100;

const both = async (
  depths: readonly number[],
  networks: readonly Changes[],
): Promise<{ readonly random: Growth; readonly aligned: Growth }> => ({
  random: growthOf(
    depths,
    networks.map((each) => ({ input: each.randomInput, changes: each.random })),
  ),
  aligned: growthOf(
    depths,
    networks.map((each) => ({ input: each.alignedInput, changes: each.aligned })),
  ),
});

const startFacts = async ({ depths, networks, lazyDepths, lazy }: StartPoint): Promise<Partial<Facts>> => {
  const { random, aligned } = await both(depths, networks);
  const predicted = growthOf(
    depths,
    networks.map((each) => ({ input: each.randomInput, changes: each.predicted })),
  );
  const errors = depths.flatMap((depth, k) =>
    depth <= NEAR && predicted.networks > 0 && random.networks > 0
      ? [Math.abs(random.means[k]! / predicted.means[k]! - 1)]
      : [],
  );
  const last = lazy.flatMap(({ values }) => values.at(-1) ?? []);
  const measured = last.length > 0 && sampled(last);
  const laziness = measured && {
    value: measured.mean,
    interval: measured.interval,
    depth: lazyDepths.at(-1)!,
  };
  const word = verdictOfGrowth({
    exponent: aligned.exponent?.value,
    interval: aligned.exponent?.interval ?? null,
    ...(laziness ? { laziness: laziness.value } : {}),
  });
  return {
    random,
    aligned,
    ...(predicted.networks > 0 ? { predicted } : {}),
    ...(errors.length > 0 ? { worst: Math.max(...errors) } : {}),
    ...(laziness ? { laziness } : {}),
    // Without a finite network there is nothing to judge.
    ...(aligned.networks > 0 ? { word } : {}),
  };
};

const trainedFacts = async ({ depths, networks }: TrainedPoint): Promise<Partial<Facts>> => ({
  before: await both(
    depths,
    networks.map(({ before }) => before),
  ),
  after: await both(
    depths,
    networks.map(({ after }) => after),
  ),
});

/** Whether a model has not come to half the unigrams' perplexity. */
const hasFailed = ({ nll, unigram }: LearningPoint['runs'][number]): boolean =>
  nll === null || nll > unigram - Math.LN2;

const learnedOf = ({ runs }: LearningPoint): Learned[] => {
  const settings = new Map(runs.map(({ layers, rate }) => [`${layers} ${rate}`, { layers, rate }]));
  return [...settings.values()].map(({ layers, rate }) => {
    const own = runs.filter((run) => run.layers === layers && run.rate === rate);
    const finite = own.flatMap(({ nll }) => nll ?? []);
    return {
      layers,
      rate,
      failed: own.filter(hasFailed).length,
      of: own.length,
      ...(finite.length > 0 ? { nll: sampled(finite).mean } : {}),
    };
  });
};

/** The rows of the atlas, in the order of core's table as the points have it. */
export const factsOf = async (points: readonly Point[]): Promise<Facts[]> => {
  const rows: Facts[] = [];
  for (const method of new Set(points.map((each) => each.method))) {
    let row: Facts = { method, learned: [] };
    for (const each of points.filter((own) => own.method === method)) {
      if (each.failed !== undefined) row = { ...row, failed: each.failed };
      else if (each.stage === 'start') row = { ...row, ...(await startFacts(each)) };
      else if (each.stage === 'trained') row = { ...row, ...(await trainedFacts(each)) };
      else row = { ...row, learned: learnedOf(each) };
    }
    rows.push(row);
  }
  return rows;
};
