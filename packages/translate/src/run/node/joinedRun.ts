import type { Module } from '@steadyformer/core';
import type { Rider } from '../../training/betweenRanks';
import { readWeights, writeWeights } from '../../training/flatWeights';
import { isFirst, type Ranks } from '../../training/ranks';
import type { RunConfig } from '../runConfig';
import type { RunRecord } from './runRecord';
import type { Validation } from './validate';

/** Every rank begins with the weights of rank 0: what they are drawn or profiled with may round otherwise elsewhere. */
export const shareWeights = async (ranks: Ranks, model: Module): Promise<void> => {
  for (const named of model.parameters()) {
    const values = await readWeights([named]);
    await ranks.broadcast(values);
    if (!isFirst(ranks)) writeWeights([named], values);
  }
};

/** The number that rank 0 has. */
export const numberOfFirst = async (ranks: Ranks, own: number): Promise<number> => {
  const number = Float64Array.of(own);
  await ranks.broadcast(number);
  return number[0]!;
};

/** What rank 0 measured, for all to come to the same decisions. */
export const validationOfFirst = async (ranks: Ranks | undefined, own: Validation): Promise<Validation> => {
  if (!ranks) return own;
  const numbers = Float64Array.of(own.loss, own.perplexity, own.bleu ?? Number.NaN);
  await ranks.broadcast(numbers);
  const [loss, perplexity, bleu] = numbers as unknown as [number, number, number];
  return { ...own, loss, perplexity, ...(Number.isNaN(bleu) ? {} : { bleu }) };
};

/** A signal that all ranks follow in the same moment: between two updates, once any of theirs asks for it. */
export interface JointSignal {
  readonly signal: AbortSignal;
  /** Whether any rank is asked to stop. Called by all ranks alike. */
  readonly isAborted: () => Promise<boolean>;
  /** How outer steps bring it about, where they alone join the ranks. */
  readonly stop?: { readonly isAsked: () => boolean; readonly agreed: () => void };
  /** Has the ranks told with the sums of an update: the next question is then answered without a call. */
  readonly rider?: Rider;
}

export const jointSignal = (ranks: Ranks | undefined, own: AbortSignal): JointSignal => {
  const asked = (): number => (own.aborted ? 1 : 0);
  let told: number | undefined;
  const rider: Rider = {
    own: asked,
    told: (sum) => {
      told = sum;
    },
  };
  if (!ranks) return { signal: own, isAborted: async () => own.aborted, rider };
  const joint = new AbortController();
  return {
    signal: joint.signal,
    isAborted: async () => {
      const wanted = Float64Array.of(told ?? asked());
      if (told === undefined) await ranks.allReduce(wanted);
      told = undefined;
      if (wanted[0]! > 0 && !joint.signal.aborted) joint.abort();
      return joint.signal.aborted;
    },
    rider,
  };
};

/** The same between ranks that meet at outer steps alone, which carry what each is asked. */
export const outerSignal = (own: AbortSignal): JointSignal => {
  const joint = new AbortController();
  return {
    signal: joint.signal,
    isAborted: async () => joint.signal.aborted,
    stop: { isAsked: () => own.aborted, agreed: () => joint.abort() },
  };
};

/** What is not as it would have been where a run goes on between several ranks, or another number of them; none where all is. */
export const goingOnWarnings = (
  record: RunRecord | undefined,
  size: number,
  config: RunConfig,
): readonly string[] =>
  [dropoutWarning(record, size, config), momentsWarning(record, size, config)].flatMap(
    (warning) => warning ?? [],
  );

/** Between outer steps every rank has moments of its own, and a checkpoint those of rank 0. */
const momentsWarning = (
  record: RunRecord | undefined,
  size: number,
  { outer }: RunConfig,
): string | undefined =>
  record && outer.every > 0 && size > 1
    ? 'all ranks go on with the moments of rank 0, as each has its own between outer steps; without the stop the numbers might be others'
    : undefined;

const dropoutWarning = (
  record: RunRecord | undefined,
  size: number,
  { model: { dropout } }: RunConfig,
): string | undefined => {
  const start = record?.starts.at(-1);
  const before = start?.ranks ?? 1;
  const drawn = dropout.residual + dropout.attention + dropout.activation > 0;
  if (!start || before === size || !drawn) return undefined;
  return `it went on between ${before} ${before === 1 ? 'rank' : 'ranks'} before, and now between ${size}: batches are the same, and dropout draws other bits`;
};
