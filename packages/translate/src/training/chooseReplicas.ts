import {
  callback,
  check,
  fields,
  finite,
  parseAs,
  randomStream,
  SteadyformerError,
  such,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import { having, listOf, needed, type SchemasOf } from '../checks/schemas';
import type { Learner } from './learner';
import type { BatchSource } from './trainer';

/** Options of `chooseReplicas`. */
export interface ChooseReplicasOptions<Batch> {
  readonly batches: BatchSource<Batch>;
  /** Makes a learner of so many replicas: of 1 a `LocalLearner`, of more `translationReplicas` for example. */
  readonly learnerOf: (count: number) => Learner<Batch> | Promise<Learner<Batch>>;
  /** Numbers of replicas to try. Such as `[1, availableParallelism()]`. */
  readonly counts: readonly number[];
  /** Batches of an update. Default 1. */
  readonly accumulate?: number;
  /** Updates that are timed, after one that is not. Default 3. */
  readonly updates?: number;
  /** Seed of dropout. Default 1. */
  readonly seed?: number;
  /** Ends the measurement between two updates. */
  readonly signal?: AbortSignal;
}

/** What one number of replicas came to. */
export interface MeasuredReplicas {
  readonly count: number;
  /** Target tokens a second, of losses and gradients; absent where it could not be measured. */
  readonly tokensPerSecond?: number;
  /** Why not. */
  readonly error?: string;
}

/** What `chooseReplicas` chose, and why. */
export interface ChosenReplicas {
  readonly count: number;
  /** In the order of `counts`; empty where there was nothing to choose. */
  readonly measured: readonly MeasuredReplicas[];
  /** One sentence for people. */
  readonly reason: string;
}

/** Fewer replicas take less memory: more have to be faster by more than this. */
const WORTH = 1.03;

const optionFields = () =>
  fields({
    batches: needed(
      having(['batchAt', 'after'], 'what has batchAt() and after(), such as new Batches(corpus)'),
    ),
    learnerOf: needed(
      callback<ChooseReplicasOptions<unknown>['learnerOf']>('a function of the number of replicas'),
    ),
    counts: needed(
      listOf<number>(
        'a list of whole numbers >= 1',
        (count) => Number.isSafeInteger(count) && Number(count) >= 1,
      ),
    ),
    accumulate: v.optional(whole(), 1),
    updates: v.optional(whole(), 3),
    seed: v.optional(finite(), 1),
    signal: v.optional(such<AbortSignal>('an AbortSignal', (value) => value instanceof AbortSignal)),
  } satisfies SchemasOf<ChooseReplicasOptions<unknown>>);

/**
 * How many replicas train fastest here: for each number a few real updates' losses and gradients, of the first batches of
 * the data, are timed and given up, so that weights and optimizer stay as they are. Every learner made is disposed again.
 *
 * Results repeat to the bit for one number of replicas alone: keep the choice with the run.
 *
 * @throws SteadyformerError where no number could be measured; the signal's reason where it ends the call
 */
export const chooseReplicas = async <Batch>(
  options: ChooseReplicasOptions<Batch>,
): Promise<ChosenReplicas> => {
  const { counts, signal } = parseAs(optionFields(), options, 'chooseReplicas()');
  check(counts.length > 0, 'chooseReplicas() counts', counts, 'at least one number');
  const candidates = [...new Set(counts)];
  const [only] = candidates;
  if (candidates.length === 1) {
    return {
      count: only!,
      measured: [],
      reason: `${only} ${only === 1 ? 'replica' : 'replicas'}: nothing else was asked for`,
    };
  }
  const measured: MeasuredReplicas[] = [];
  for (const count of candidates) {
    signal?.throwIfAborted();
    measured.push(await measure(count, options));
  }
  return { ...best(measured), measured };
};

const measure = async <Batch>(
  count: number,
  options: ChooseReplicasOptions<Batch>,
): Promise<MeasuredReplicas> => {
  const { batches, learnerOf, accumulate = 1, updates = 3, seed = 1, signal } = options;
  let learner: Learner<Batch> | undefined;
  try {
    learner = await learnerOf(count);
    let position = { epoch: 0, index: 0 };
    let tokens = 0;
    let seconds = 0;
    for (let update = 0; update <= updates; update++) {
      signal?.throwIfAborted();
      const chosen: Batch[] = [];
      for (let i = 0; i < accumulate; i++) {
        chosen.push(batches.batchAt(position.epoch, position.index));
        position = batches.after(position);
      }
      const start = performance.now();
      const sums = await learner.gradient(
        chosen,
        randomStream(seed)
          .fork('training')
          .fork(update + 1),
      );
      // The first compiles.
      if (update > 0) {
        seconds += (performance.now() - start) / 1000;
        tokens += sums.tokens;
      }
      learner.discard();
    }
    return { count, tokensPerSecond: tokens / seconds };
  } catch (error) {
    signal?.throwIfAborted();
    return { count, error: (error as Error).message };
  } finally {
    await learner?.dispose();
  }
};

/** The fewest replicas that no other number is faster than by more than `WORTH`. */
const best = (measured: readonly MeasuredReplicas[]): Omit<ChosenReplicas, 'measured'> => {
  const speeds = measured.flatMap(({ count, tokensPerSecond }) =>
    tokensPerSecond === undefined ? [] : [{ count, tokensPerSecond }],
  );
  if (speeds.length === 0) {
    throw new SteadyformerError(
      `chooseReplicas(): no number of replicas could be measured: ${measured[0]?.error}`,
    );
  }
  const fastest = Math.max(...speeds.map(({ tokensPerSecond }) => tokensPerSecond));
  const { count } = [...speeds]
    .sort((a, b) => a.count - b.count)
    .find(({ tokensPerSecond }) => tokensPerSecond * WORTH >= fastest)!;
  const figures = measured.map((each) =>
    each.tokensPerSecond === undefined
      ? `${each.count}: ${each.error}`
      : `${each.count}: ${Math.round(each.tokensPerSecond)} tokens/s`,
  );
  return { count, reason: `${count} ${count === 1 ? 'replica' : 'replicas'}, of ${figures.join(', ')}` };
};
