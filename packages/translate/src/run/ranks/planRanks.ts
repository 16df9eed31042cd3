import { checkInteger, SteadyformerError } from '@steadyformer/core';
import type { RunPlan } from '../runPlan';
import { type Exchange, exchangeSeconds, type Link, type Over, trafficOf } from './exchange';

/** What ranks would be, for `planRanks`. */
export interface RanksToPlan {
  /** The most of them; fewer are planned as well. */
  readonly ranks: number;
  readonly link: Link;
  /** Default 'mpi'. */
  readonly over?: Over;
  /** As of the config's section `outer`. Default: gradients are added up at every update. */
  readonly outer?: Pick<Exchange, 'every' | 'precision'> & { readonly delay: number };
  /** Bytes a second of an all-reduce between ranks of one machine. Default: as measured for this repository. */
  readonly memory?: number;
}

/** So many ranks, and an update of theirs. */
export interface PlannedRanks {
  readonly ranks: number;
  /** Of a rank's part of the batches. */
  readonly gradientSeconds: number;
  /** What ranks wait for an exchange, on the mean of the updates. */
  readonly exchangeSeconds: number;
  readonly stepSeconds: number;
  readonly seconds: number;
  /** Target tokens, of all ranks. */
  readonly tokensPerSecond: number;
  /** Tokens a second by those of as many ranks that wait for nothing and share all work. */
  readonly efficiency: number;
  /** Bytes over the link of the busiest rank, both ways, on the mean of the updates. */
  readonly bytesAnUpdate: number;
  /** Bytes of a rank's weights, gradient, moments and averages; activations come on top. */
  readonly bytes: number;
}

/** Bytes a second, of an all-reduce of 192 MB between two ranks, of Open MPI or MPICH, on a machine with two cores. */
export const MEMORY = 2.2e9;

const FLOAT = 4;
/** Both moments of a parameter. */
const MOMENTS = 8;

/** 1, 2, 4, ... and the most. */
const countsTo = (most: number): number[] => [
  ...new Set([...Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, i) => 2 ** i), most]),
];

/**
 * Predicts what an update takes between 1, 2, 4, ... ranks, each of which computes as this machine does and has its part of every
 * batch: the gradient's time falls with the sentences of a part, down to the time of its calls; an exchange takes what
 * `exchangeSeconds` says; the optimizer's step is shared like its state, but for outer steps, which each rank makes whole. Nothing
 * is taken to happen at once that does not.
 *
 * @param plan of a config with `replicas` as a rank has them, by `planRun` with `parts`
 * @returns from 1 rank to the most
 * @throws SteadyformerError where the plan was not measured with parts, and on a number of ranks below 1
 */
export const planRanks = (plan: RunPlan, given: RanksToPlan): PlannedRanks[] => {
  checkInteger('planRanks() ranks', given.ranks);
  const one = measuredOf(plan);
  return countsTo(given.ranks).map((ranks) => planned(one, ranks, given));
};

/** What one process takes. */
interface OneRank {
  readonly gradientSeconds: number;
  /** Of a part with no sentence in it, which is the time of its calls. */
  readonly callSeconds: number;
  readonly stepSeconds: number;
  readonly sentences: number;
  readonly tokens: number;
  readonly trained: number;
  readonly bytes: number;
}

const measuredOf = ({ measured, training, model, memory }: RunPlan): OneRank => {
  const { sentenceSeconds, secondsAnUpdate } = measured ?? {};
  if (!measured || sentenceSeconds === undefined || secondsAnUpdate === undefined) {
    throw new SteadyformerError(
      'planRanks() plan: received one that measured no part of a batch; make it with planRun(config, { parts: true })',
    );
  }
  const { gradientSeconds: whole, stepSeconds, target } = measured.updates.at(-1)!;
  const [sentences] = target;
  const gradientSeconds = secondsAnUpdate - stepSeconds;
  const each = sentences > 1 ? Math.max(0, whole - sentenceSeconds) / (sentences - 1) : 0;
  // Of an update's batches and their sizes, as the gradient is.
  const callSeconds = (Math.max(0, sentenceSeconds - each) * gradientSeconds) / whole;
  return {
    ...{ gradientSeconds, callSeconds: Math.min(callSeconds, gradientSeconds), stepSeconds, sentences },
    tokens: training.tokensAnUpdate ?? measured.tokensPerSecond * secondsAnUpdate,
    trained: model.trained,
    bytes: memory.parameters + memory.optimizer,
  };
};

const SYNCHRONOUS = { every: 0, precision: 'float32', delay: 0 } as const;

const planned = (
  one: OneRank,
  ranks: number,
  { link, over = 'mpi', outer = SYNCHRONOUS, memory = MEMORY }: RanksToPlan,
): PlannedRanks => {
  const { every, precision, delay } = outer;
  // Ranks wait for the one with the most sentences.
  const share = Math.ceil(one.sentences / ranks) / one.sentences;
  const gradientSeconds = one.callSeconds + share * (one.gradientSeconds - one.callSeconds);
  const own = every === 0 ? 1 / ranks : 1;
  const stepSeconds = own * one.stepSeconds;
  const exchange: Exchange = { trained: one.trained, ranks, over, every, precision };
  const updates = Math.max(1, every);
  const hidden = delay * (gradientSeconds + stepSeconds);
  const waited = Math.max(0, exchangeSeconds(exchange, link, memory) - hidden) / updates;
  const seconds = gradientSeconds + waited + stepSeconds;
  const { sent, received } = trafficOf(exchange);
  const kept = every === 0 ? -MOMENTS * (1 - own) : outerFloats(precision, delay) * FLOAT;
  return {
    ranks,
    ...{ gradientSeconds, exchangeSeconds: waited, stepSeconds, seconds },
    tokensPerSecond: one.tokens / seconds,
    efficiency: (one.gradientSeconds + one.stepSeconds) / (ranks * seconds),
    bytesAnUpdate: (sent + received) / updates,
    bytes: one.bytes + kept * one.trained,
  };
};

/** Numbers a parameter that outer steps keep: outer weights, momentum, what int8 has not sent yet, a change on its way. */
const outerFloats = (precision: Exchange['precision'], delay: number): number =>
  2 + (precision === 'int8' ? 1 : 0) + (delay > 0 ? 1 : 0);
