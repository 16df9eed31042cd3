import { sampled, type VerdictWord, verdictOfGrowth } from '@steadyformer/analysis';
import { type Growth, type Growths, growthsOf, type WithInterval } from './growth';
import type { LearningPoint, Point, StartPoint, TrainedPoint } from './points';
import { type Predicted, predictedOf } from './predicted';
import { type Widths, widthsOf } from './widths';

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
  /** The same of wider networks beside these; absent where one width was measured. */
  readonly widths?: Widths;
  readonly before?: Growths;
  readonly after?: Growths;
  /** Mean change at the greatest N after the updates, divided by what it was before them. */
  readonly afterByBefore?: { readonly random?: number; readonly aligned?: number };
  readonly learned: readonly Learned[];
}

const startFacts = ({ depths, networks, lazyDepths, lazy }: StartPoint): Partial<Facts> => {
  const { random, aligned } = growthsOf(depths, networks);
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

const trainedFacts = ({ depths, networks }: TrainedPoint): Partial<Facts> => {
  const before = growthsOf(
    depths,
    networks.map((each) => each.before),
  );
  const after = growthsOf(
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

/** The narrowest network is the row's own. */
const narrowest = <Each extends { readonly width: number }>(points: readonly Each[]): Each | undefined =>
  points.toSorted((one, other) => one.width - other.width)[0];

const factsOfMethod = (method: string, points: readonly Point[]): Facts => {
  const measured = points.filter(({ failed }) => failed === undefined);
  const starts = measured.filter((each) => each.stage === 'start');
  const theories = measured.filter((each) => each.stage === 'theory');
  const trained = measured.find((each) => each.stage === 'trained');
  const learning = measured.find((each) => each.stage === 'learning');
  const failed = points.find((each) => each.failed !== undefined)?.failed;
  const start = narrowest(starts);
  const atStart = start && startFacts(start);
  const theory = theories.find(({ width }) => width === start?.width) ?? narrowest(theories);
  const predicted = theory && predictedOf(atStart ?? {}, theory);
  const widths = widthsOf(starts, theories);
  return {
    method,
    ...(failed === undefined ? {} : { failed }),
    ...atStart,
    ...(predicted ? { predicted } : {}),
    ...(widths ? { widths } : {}),
    ...(trained ? trainedFacts(trained) : {}),
    learned: learning ? learnedOf(learning) : [],
  };
};

/** The rows of the atlas, in the order of core's table as the points have it. */
export const factsOf = (points: readonly Point[]): Facts[] =>
  [...new Set(points.map(({ method }) => method))].map((method) =>
    factsOfMethod(
      method,
      points.filter((each) => each.method === method),
    ),
  );
