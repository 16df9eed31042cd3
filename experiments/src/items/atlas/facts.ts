import { sampled, type VerdictWord, verdictOfGrowth } from '@steadyformer/analysis';
import { type Growth, growthOf, type WithInterval } from './growth';
import type { Changes, LearningPoint, Point, StartPoint, TheoryPoint, TrainedPoint } from './points';

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

/** What theory says of the networks that were measured. */
export interface Predicted {
  readonly random: Growth;
  readonly aligned: Growth;
  /** Of random changes, the largest of |measured / predicted - 1| over the depths up to 100. */
  readonly worst?: number;
  /** The measured exponent of aligned changes less the predicted one. */
  readonly off?: number;
  /** Of aligned changes, measured / predicted at the depth up to 100 where it is furthest from 1. */
  readonly factor?: number;
}

/** Distances from theory: near and nearer of random changes, relative; of aligned exponents that are the same. */
export const [NEAR, CLOSE, SAME] = [0.3, 0.12, 0.3];

/** From here an exponent is that of amplification, as `verdictOfGrowth` has it. */
export const LINE = 0.8;

/** One row of the atlas: what the points say of one method. */
export interface Facts {
  readonly method: string;
  /** Why it could not be measured, where it could not. */
  readonly failed?: string;
  readonly random?: Growth;
  readonly aligned?: Growth;
  /** The same by theory; absent where it has no form. */
  readonly predicted?: Predicted;
  /** Distance from the linearised network at the greatest depth of those measured, after an update of 1 %. */
  readonly laziness?: WithInterval & { readonly depth: number };
  readonly word?: VerdictWord;
  readonly before?: { readonly random: Growth; readonly aligned: Growth };
  readonly after?: { readonly random: Growth; readonly aligned: Growth };
  /** Mean change at the greatest N after the updates, divided by what it was before them. */
  readonly afterByBefore?: { readonly random?: number; readonly aligned?: number };
  readonly learned: readonly Learned[];
}

/** N that predictions are held to. */
const MOST = 100;

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

/** measured / predicted at the depths up to 100; none where either has no numbers. */
const ratios = (depths: readonly number[], measured: Growth, predicted: Growth): number[] =>
  measured.means.length === 0 || predicted.means.length === 0
    ? []
    : depths.flatMap((depth, k) => (depth <= MOST ? [measured.means[k]! / predicted.means[k]!] : []));

const predictedOf = async (
  measured: Pick<Facts, 'random' | 'aligned'>,
  { depths, networks }: TheoryPoint,
): Promise<Predicted | undefined> => {
  const { random, aligned } = await both(depths, networks);
  if (random.networks === 0) return undefined;
  const errors = measured.random ? ratios(depths, measured.random, random) : [];
  const factors = measured.aligned ? ratios(depths, measured.aligned, aligned) : [];
  const [furthest] = factors.toSorted((a, b) => Math.abs(Math.log(b)) - Math.abs(Math.log(a)));
  return {
    random,
    aligned,
    ...(errors.length > 0 ? { worst: Math.max(...errors.map((ratio) => Math.abs(ratio - 1))) } : {}),
    ...(measured.aligned?.exponent && aligned.exponent
      ? { off: measured.aligned.exponent.value - aligned.exponent.value }
      : {}),
    ...(furthest === undefined ? {} : { factor: furthest }),
  };
};

const startFacts = async ({ depths, networks, lazyDepths, lazy }: StartPoint): Promise<Partial<Facts>> => {
  const { random, aligned } = await both(depths, networks);
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
    ...(laziness ? { laziness } : {}),
    // Without a finite network there is nothing to judge.
    ...(aligned.networks > 0 ? { word } : {}),
  };
};

const atDeepest = (after: Growth, before: Growth): number | undefined => {
  const [now, then] = [after.means.at(-1), before.means.at(-1)];
  return now === undefined || !then ? undefined : now / then;
};

const trainedFacts = async ({ depths, networks }: TrainedPoint): Promise<Partial<Facts>> => {
  const before = await both(
    depths,
    networks.map((each) => each.before),
  );
  const after = await both(
    depths,
    networks.map((each) => each.after),
  );
  const random = atDeepest(after.random, before.random);
  const aligned = atDeepest(after.aligned, before.aligned);
  const afterByBefore = {
    ...(random === undefined ? {} : { random }),
    ...(aligned === undefined ? {} : { aligned }),
  };
  return { before, after, afterByBefore };
};

/** Nats below the unigrams' loss from which on a model has learned more than how often each subword occurs. */
const LEARNED = 0.1;

const hasFailed = ({ nll, unigram }: LearningPoint['runs'][number]): boolean =>
  nll === null || nll > unigram - LEARNED;

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
    let theory: TheoryPoint | undefined;
    for (const each of points.filter((own) => own.method === method)) {
      if (each.failed !== undefined) row = { ...row, failed: each.failed };
      else if (each.stage === 'start') row = { ...row, ...(await startFacts(each)) };
      else if (each.stage === 'theory') theory = each;
      else if (each.stage === 'trained') row = { ...row, ...(await trainedFacts(each)) };
      else row = { ...row, learned: learnedOf(each) };
    }
    const predicted = theory && (await predictedOf(row, theory));
    rows.push(predicted ? { ...row, predicted } : row);
  }
  return rows;
};
