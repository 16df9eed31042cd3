import {
  check,
  checkInteger,
  checkNumber,
  checkOptions,
  clipFactor,
  type Module,
  OneAtATime,
  type OptimizerState,
  randomStream,
  type Schedule,
  SteadyformerError,
} from '@steadyformer/core';
import { isMethod } from '../checks/objects';
import type { BatchPosition } from '../data/batches';
import { type Learner, LocalLearner, type LocalLearnerOptions, type UpdateSums } from './learner';
import { runSettings } from './runSettings';
import { checkSettings, type Settings } from './settings';

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

export interface RestoreOptions {
  /**
   * Settings that may differ from those the state was saved with, by the paths that the error names: 'seed',
   * 'batches.maxTokens', or 'batches' for all of them. Default none.
   */
  readonly accept?: readonly string[];
}

/** What a checkpoint needs to go on exactly, beside the weights. */
export interface TrainerState {
  readonly position: BatchPosition;
  readonly optimizer: OptimizerState;
  /** What it was trained with; absent in checkpoints of earlier releases. */
  readonly settings?: Settings;
}

const OPTIONS = [
  'model',
  'batches',
  'loss',
  'rule',
  'schedule',
  'accumulate',
  'clipNorm',
  'seed',
  'checkpointing',
  'reduceGradients',
  'learner',
];

/**
 * Updates a model from batches: loss, gradient, clipping, optimizer. Every update is a function of the weights,
 * the optimizer's state, the position in the data and the seed, so a restored run goes on as it would have.
 */
export class Trainer<Model extends Module, Batch> {
  private readonly options: CommonOptions<Batch>;
  private readonly learner: Learner<Batch>;
  private readonly ownsLearner: boolean;
  private position: BatchPosition = { epoch: 0, index: 0 };
  private readonly calls: OneAtATime = new OneAtATime('Trainer');

  constructor(options: TrainerOptions<Model, Batch>) {
    checkOptions(options, OPTIONS, 'Trainer');
    const { batches, schedule, accumulate = 1, clipNorm, seed = 1 } = options;
    const gives = ['batchAt', 'after'].every((name) => isMethod(batches, name));
    check(gives, 'Trainer batches', batches, 'what has batchAt() and after(), such as new Batches(corpus)');
    const next = 'Such as inverseSqrt({ peak: 1e-3, warmup: 400 }).';
    check(typeof schedule === 'function', 'Trainer schedule', schedule, 'a function of the update', next);
    checkInteger('Trainer accumulate', accumulate);
    checkNumber('Trainer seed', seed);
    if (clipNorm !== undefined) checkNumber('Trainer clipNorm', clipNorm, 'numbers > 0', (norm) => norm > 0);
    if ('learner' in options) {
      const { learner } = options;
      const learns = ['gradient', 'step', 'discard', 'state', 'restore'].every((name) =>
        isMethod(learner, name),
      );
      check(
        learns,
        'Trainer learner',
        learner,
        'a Learner, such as await translationReplicas({ model, rule })',
      );
    }
    this.options = options;
    this.ownsLearner = !('learner' in options);
    this.learner = 'learner' in options ? options.learner : new LocalLearner(options);
  }

  /** Updates done so far. */
  get updates(): number {
    return this.learner.updates;
  }

  /**
   * One update. Throws where loss or gradient is not finite; the weights, the optimizer and the position are then
   * as they were before. One call runs at a time: await it before the next call of this trainer.
   */
  step(): Promise<StepReport> {
    return this.calls.run('step()', () => this.update());
  }

  private async update(): Promise<StepReport> {
    await turnOfOthers();
    const { batches, schedule, accumulate = 1, clipNorm, seed = 1 } = this.options;
    const update = this.updates + 1;
    const { epoch } = this.position;
    const random = randomStream(seed).fork('training').fork(update);
    const chosen: Batch[] = [];
    let next = this.position;
    for (let i = 0; i < accumulate; i++) {
      chosen.push(batches.batchAt(next.epoch, next.index));
      next = batches.after(next);
    }
    const sums = await this.learner.gradient(chosen, random);
    const { loss, gradientNorm } = sums;
    const learningRate = schedule(update);
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      this.learner.discard();
      throw new SteadyformerError(
        `update ${update}: the loss is ${loss} and the gradient's norm ${gradientNorm}; nothing was changed. ` +
          `Lower the learning rate (now ${Number(learningRate).toPrecision(3)}), lengthen the warm-up, or initialize with adminInit().`,
      );
    }
    try {
      await this.learner.step(learningRate, clipFactor(gradientNorm, clipNorm));
    } catch (error) {
      this.learner.discard();
      throw error;
    }
    this.position = next;
    return { update, epoch, learningRate, ...sums };
  }

  /** What a checkpoint holds beside the weights. */
  state(): Promise<TrainerState> {
    return this.calls.run('state()', async () => ({
      position: this.position,
      optimizer: await this.learner.state(),
      settings: runSettings(this.options, this.learner),
    }));
  }

  /**
   * Goes on from a state. The weights are loaded apart (`loadStateDict`). Where the batches are accepted to be
   * others, with the epoch after the one that was begun. A state of an earlier release does not say what it was
   * trained with, and is taken as it is.
   *
   * @throws SteadyformerError, with nothing changed, where this trainer's settings are not those the state was saved
   *   with: data, seeds, sizes of batches, schedule, rule, model, replicas
   */
  restore(state: TrainerState, options: RestoreOptions = {}): void {
    this.calls.check('restore()');
    checkOptions(options, ['accept'], 'restore');
    const { accept = [] } = options;
    const now = runSettings(this.options, this.learner);
    const changed = state.settings ? checkSettings(state.settings, now, accept) : [];
    const { epoch, index } = state.position;
    checkInteger('restore position.epoch', epoch, 0);
    checkInteger('restore position.index', index, 0);
    this.learner.restore(state.optimizer);
    const otherBatches = changed.some(({ path }) => path.split('.')[0] === 'batches');
    this.position = otherBatches && index > 0 ? { epoch: epoch + 1, index: 0 } : { epoch, index };
  }

  /** Frees the optimizer's state; the model stays, and so does a learner that was given. */
  dispose(): void {
    this.calls.check('dispose()');
    if (this.ownsLearner) void this.learner.dispose();
  }
}

/**
 * Timers, signals and the page's own work get their turn: a synchronous backend's promises resolve without one, so
 * a training loop would keep a Ctrl-C waiting for ever.
 */
const turnOfOthers = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
