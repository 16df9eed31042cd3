import {
  callback,
  checkRecord,
  clipFactor,
  fields,
  finite,
  type Module,
  type MovingAverage,
  OneAtATime,
  parseAs,
  type RandomStream,
  randomStream,
  type Schedule,
  SteadyformerError,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import { checkNoEffect } from '../checks/combinations';
import { movingAverage } from '../checks/objects';
import { having, needed, type SchemasOf } from '../checks/schemas';
import { othersTurn } from '../checks/turns';
import type { BatchPosition } from '../data/epochs';
import { checkSettings, type Settings } from '../settings/settings';
import type { Learner, UpdateSums } from './learner';
import { LocalLearner, type LocalLearnerOptions, localLearnerFields } from './localLearner';
import { NotFiniteUpdate } from './notFiniteUpdate';
import { runSettings } from './runSettings';
import { type RestoreOptions, restoreArguments, type TrainerState } from './trainerState';

/** Where a trainer gets its batches: any position can be asked for, so a run resumes where it stopped. */
export interface BatchSource<Batch> {
  batchAt(epoch: number, index: number): Batch;
  after(position: BatchPosition): BatchPosition;
  /** What decides which batches come, for `Trainer.restore` to compare. Default: unknown. */
  readonly settings?: Settings;
}

/** What every trainer needs, whoever computes. */
interface CommonOptions<Batch> {
  readonly batches: BatchSource<Batch>;
  readonly schedule: Schedule;
  /** Batches whose gradients are summed for one update. Default 1. */
  readonly accumulate?: number;
  /** Gradients of a larger L2 norm are scaled down to it. Default: no limit, as in the paper's recipes. */
  readonly clipNorm?: number;
  /** Seed of dropout. Default 1. */
  readonly seed?: number;
  /**
   * A moving average of the weights, which takes them in after every update; its state is part of this trainer's.
   * `average.use(f)` evaluates with it. It stays the caller's. Default: none.
   */
  readonly average?: MovingAverage;
}

/** Either what this thread learns with, or a learner of the caller's, such as `translationReplicas` makes. */
export type TrainerOptions<Model extends Module, Batch> = CommonOptions<Batch> &
  (LocalLearnerOptions<Model, Batch> | { readonly learner: Learner<Batch> });

/** What one update did. */
export interface StepReport extends UpdateSums {
  readonly update: number;
  readonly epoch: number;
  readonly learningRate: number;
}

/** What an update is made of beside weights and the optimizer's state. */
export interface NextUpdate<Batch> {
  readonly update: number;
  readonly batches: readonly Batch[];
  /** Dropout's: batch i draws from `random.fork(i)`. */
  readonly random: RandomStream;
  /** Where the data goes on from. */
  readonly after: BatchPosition;
}

const commonFields = (): SchemasOf<CommonOptions<unknown>> => ({
  batches: needed(
    having(['batchAt', 'after'], 'what has batchAt() and after(), such as new Batches(corpus)'),
  ),
  schedule: needed(
    callback<Schedule>('a function of the update. Such as inverseSqrt({ peak: 1e-3, warmup: 400 })'),
  ),
  accumulate: v.optional(whole()),
  clipNorm: v.optional(finite('numbers > 0', (norm) => norm > 0)),
  seed: v.optional(finite()),
  average: v.optional(movingAverage()),
});

const learners = (): v.GenericSchema<Learner<unknown>> =>
  having(
    ['gradient', 'step', 'discard', 'state', 'restore'],
    'a Learner, such as await translationReplicas({ model, rule })',
  );

/** The learner that was given, where one was: it has what another would be made of. */
const givenLearner = <Batch>(options: object): Learner<Batch> | undefined => {
  const { learner } = options as { readonly learner?: Learner<Batch> };
  const own = Object.keys(localLearnerFields());
  if (learner === undefined) {
    parseAs(
      fields({ ...commonFields(), ...localLearnerFields(), learner: v.optional(learners()) }),
      options,
      'Trainer',
    );
    return undefined;
  }
  const ignored = Object.fromEntries(own.map((name) => [name, v.optional(v.unknown())]));
  parseAs(fields({ ...commonFields(), ...ignored, learner: learners() }), options, 'Trainer');
  checkNoEffect('Trainer', options, own, 'beside learner, which has its own');
  return learner;
};

/** Of a trainer's options, what its learner is told. */
const localOptions = <Model extends Module, Batch>(options: object): LocalLearnerOptions<Model, Batch> =>
  Object.fromEntries(
    Object.entries(options).filter(([name]) => Object.hasOwn(localLearnerFields(), name)),
  ) as unknown as LocalLearnerOptions<Model, Batch>;

/**
 * Updates a model from batches: loss, gradient, clipping, optimizer. Every update is a function of the weights,
 * the optimizer's state, the position in the data and the seed, so a restored run goes on as it would have.
 */
export class Trainer<Model extends Module, Batch> {
  private readonly options: CommonOptions<Batch>;
  private readonly learner: Learner<Batch>;
  private readonly ownsLearner: boolean;
  private place: BatchPosition = { epoch: 0, index: 0 };
  private readonly calls: OneAtATime = new OneAtATime('Trainer');

  constructor(options: TrainerOptions<Model, Batch>) {
    checkRecord('Trainer', options, 'an object such as { batches, schedule, model, loss, rule }');
    const learner = givenLearner<Batch>(options);
    this.options = { ...options };
    this.ownsLearner = learner === undefined;
    this.learner = learner ?? new LocalLearner<Model, Batch>(localOptions(options));
  }

  /** Updates done so far. */
  get updates(): number {
    return this.learner.updates;
  }

  /** Where it stands in the data: batches before this one are done. */
  get position(): BatchPosition {
    return this.place;
  }

  /**
   * One update. Throws where loss or gradient is not finite; the weights, the optimizer and the position are then
   * as they were before. One call runs at a time: await it before the next call of this trainer.
   */
  step(): Promise<StepReport> {
    return this.calls.run('step()', () => this.update());
  }

  /** What the next update will be made of, to look into before it (`findOrigin`). Changes nothing. */
  next(): NextUpdate<Batch> {
    const { batches, accumulate = 1, seed = 1 } = this.options;
    const update = this.updates + 1;
    const chosen: Batch[] = [];
    let after = this.position;
    for (let i = 0; i < accumulate; i++) {
      chosen.push(batches.batchAt(after.epoch, after.index));
      after = batches.after(after);
    }
    return { update, batches: chosen, random: randomStream(seed).fork('training').fork(update), after };
  }

  private async update(): Promise<StepReport> {
    await othersTurn();
    const { schedule, clipNorm, average } = this.options;
    if (average?.inUse) {
      throw new SteadyformerError(
        'Trainer.step(): the averages are in the place of the weights; step after average.use() has ended',
      );
    }
    const { epoch } = this.position;
    const { update, batches, random, after } = this.next();
    const sums = await this.learner.gradient(batches, random);
    const { loss, gradientNorm } = sums;
    const learningRate = schedule(update);
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      this.learner.discard();
      throw new NotFiniteUpdate({ update, loss, gradientNorm, learningRate });
    }
    try {
      await this.learner.step(learningRate, clipFactor(gradientNorm, clipNorm));
    } catch (error) {
      this.learner.discard();
      throw error;
    }
    this.place = after;
    average?.update();
    return { update, epoch, learningRate, ...sums };
  }

  /** What a checkpoint holds beside the weights. */
  state(): Promise<TrainerState> {
    const { average } = this.options;
    return this.calls.run('state()', async () => ({
      position: this.place,
      optimizer: await this.learner.state(),
      settings: runSettings(this.options, this.learner),
      ...(average ? { average: await average.state() } : {}),
    }));
  }

  /**
   * Goes on from a state. The weights are loaded apart (`loadStateDict`). Where the batches are accepted to be
   * others, with the epoch after the one that was begun. A state of an earlier release does not say what it was
   * trained with, and is taken as it is. A moving average that the state holds goes on as well.
   *
   * @throws SteadyformerError, with nothing changed, where this trainer's settings are not those the state was saved
   *   with: data, seeds, sizes of batches, schedule, rule, model, replicas
   */
  restore(state: TrainerState, options: RestoreOptions = {}): void {
    this.calls.check('restore()');
    const { position, accept } = restoreArguments(state, options);
    const now = runSettings(this.options, this.learner);
    const changed = state.settings ? checkSettings(state.settings, now, accept) : [];
    const { average } = this.options;
    if (average && state.average) average.checkState(state.average);
    this.learner.restore(state.optimizer);
    if (average && state.average) average.restore(state.average);
    const otherBatches = changed.some(({ path }) => path.split('.')[0] === 'batches');
    this.place = otherBatches && position.index > 0 ? { epoch: position.epoch + 1, index: 0 } : position;
  }

  /** Frees the optimizer's state; the model stays, and so does a learner that was given. */
  dispose(): void {
    this.calls.check('dispose()');
    if (this.ownsLearner) void this.learner.dispose();
  }
}
