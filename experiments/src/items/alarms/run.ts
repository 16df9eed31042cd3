import { WATCH_THRESHOLDS, type WatchReport } from '@steadyformer/analysis';
import { adam, inverseSqrt, type Transformer } from '@steadyformer/core';
import {
  Batches,
  encodeCorpus,
  evaluateLoss,
  type Learner,
  LocalLearner,
  NotFiniteUpdate,
  type TokenBatch,
  Trainer,
  translationLoss,
} from '@steadyformer/translate';
import { watchedLearner } from '@steadyformer/translate/node';
import { type Method, methodNamed } from '../../measure/methods';
import { type SubjectSize, withModel } from '../../measure/model';
import { batchesOf, type Text } from '../../measure/text';
import type { FaultName } from './faultNames';
import { FAULTS, type Fault, scheduleWith } from './faults';
import { KINDS, type Kind, type Point } from './points';

export interface RunSize extends SubjectSize {
  /** Blocks of each stack, and of one that is too deep. */
  readonly depth: number;
  readonly tooDeep: number;
  readonly dropout: number;
  readonly peak: number;
  readonly warmup: number;
  readonly updates: number;
  /** The first update that a fault acts on where it does not from the start. */
  readonly onset: number;
  /** Updates from one look to the next. */
  readonly every: number;
  /** Held-out batches that are looked at. */
  readonly heldOut: number;
}

/** Thresholds that everything crosses: the warnings of a look then hold the worst value of each signal. */
const ALL = Object.fromEntries(
  KINDS.map((kind) => [kind, WATCH_THRESHOLDS[kind].warns === 'above' ? 1e-30 : 1e30]),
);

/** A learner that a fault has got into: what it is given to learn from, and what becomes of the weights. */
const faulty = (
  learner: Learner<TokenBatch>,
  model: Transformer,
  fault: Fault,
  onset: number,
): Learner<TokenBatch> => {
  let first: TokenBatch | undefined;
  const acts = (): boolean => learner.updates + 1 >= onset;
  return {
    get updates() {
      return learner.updates;
    },
    gradient: (batches, random) => {
      const taken = batches.map((batch) => {
        if (!fault.batch || !acts()) return batch;
        first ??= batch;
        return fault.batch(batch, first);
      });
      return learner.gradient(taken, random);
    },
    step: async (learningRate, scale) => {
      const now = acts();
      await learner.step(learningRate, scale);
      if (now) fault.after?.(model);
    },
    discard: () => learner.discard(),
    state: () => learner.state(),
    restore: (state) => learner.restore(state),
    dispose: () => learner.dispose(),
  };
};

const rounded = (x: number | undefined): number | null =>
  x === undefined || !Number.isFinite(x) ? null : Number(x.toPrecision(3));

const worst = ({ warnings }: WatchReport, kind: Kind): number | null =>
  rounded(warnings.find((warning) => warning.kind === kind)?.value);

/** Trains a network with a fault and notes what the watcher and the held-out text say on the way. */
export const run = async (
  text: Text,
  size: RunSize,
  {
    fault: name,
    method,
    seed,
  }: { readonly fault: FaultName; readonly method: Method; readonly seed: number },
): Promise<Point> => {
  const fault = FAULTS[name];
  const { maxTokens, updates, every, peak, warmup } = size;
  const onset = fault.atStart ? 1 : size.onset;
  const looks: number[] = [];
  const heldOut: (number | null)[] = [];
  const signals = Object.fromEntries(KINDS.map((kind) => [kind, [] as (number | null)[]])) as Record<
    Kind,
    (number | null)[]
  >;
  const loss = translationLoss(0.1);
  const held = [
    ...new Batches(encodeCorpus(text.valid, text.vocabulary), { maxTokens, shuffle: false }).epoch(),
  ].slice(0, size.heldOut);
  const depth = fault.deep ? size.tooDeep : size.depth;
  const stopped = await withModel(text, { ...size, depth }, methodNamed(method), seed, async ({ model }) => {
    fault.weights?.(model);
    const rule = adam({ beta2: 0.98, ...(fault.epsilon === undefined ? {} : { epsilon: fault.epsilon }) });
    const watched = watchedLearner({
      learner: new LocalLearner({ model, loss, rule }),
      model,
      loss,
      every,
      thresholds: ALL,
      onReport: (report) => {
        looks.push(report.step);
        for (const kind of KINDS) signals[kind].push(worst(report, kind));
      },
    });
    const learner = faulty(watched, model, fault, onset);
    const schedule = scheduleWith(fault, inverseSqrt({ peak, warmup }), onset, warmup);
    const trainer = new Trainer({ learner, batches: batchesOf(text, maxTokens, seed), schedule, seed });
    try {
      while (trainer.updates < updates) {
        await trainer.step();
        if (trainer.updates % every === 0) heldOut.push(await lossOf(model, held));
      }
      return null;
    } catch (error) {
      if (error instanceof NotFiniteUpdate) return trainer.updates + 1;
      throw error;
    } finally {
      trainer.dispose();
      await learner.dispose();
    }
  });
  return { fault: name, method, seed, onset, looks, heldOut, stopped, signals };
};

/** Held-out loss, null where weights overflow. */
const lossOf = async (model: Transformer, held: readonly TokenBatch[]): Promise<number | null> => {
  try {
    return rounded((await evaluateLoss(model, held, translationLoss(0))).nll);
  } catch {
    return null;
  }
};
