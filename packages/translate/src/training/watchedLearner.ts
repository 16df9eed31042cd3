import {
  type SeenStep,
  type Watcher,
  type WatchOptions,
  type WatchReport,
  watch,
} from '@steadyformer/analysis';
import {
  callback,
  fields,
  type Module,
  type OptimizerState,
  parseAs,
  type RandomStream,
  type Stacked,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { moduleOf } from '../checks/objects';
import { having, needed, type SchemasOf } from '../checks/schemas';
import type { Settings } from '../settings/settings';
import type { Learner, UpdateSums } from './learner';
import { checkedLoss, type LossFunction, lossFunction } from './loss';

/** A model whose residual sub-layers can be watched. */
export type WatchedModel = Module & Pick<Stacked<unknown>, 'stacks'>;

/** Options of a learner that is watched. */
export interface WatchedLearnerOptions<Model extends WatchedModel, Batch> extends WatchOptions {
  /** Who learns: a `LocalLearner`, or replicas. It stays this one's to dispose. */
  readonly learner: Learner<Batch>;
  /** The model that it trains, and its loss. */
  readonly model: Model;
  readonly loss: LossFunction<Model, Batch>;
  /**
   * What of the update's first batch is looked at, such as `(batch) => splitBatch(batch, 4)[0]`: less of it costs less.
   * Default: all.
   */
  readonly sample?: (batch: Batch) => Batch;
  /** Told of every watched update once it is made. What it throws ends the next call of `gradient` or `state`. */
  readonly onReport: (report: WatchReport) => void | Promise<void>;
}

const optionFields = () =>
  fields({
    learner: needed(
      having<Learner<unknown>>(['gradient', 'step', 'discard', 'state', 'restore'], 'a Learner'),
    ),
    model: needed(moduleOf<WatchedModel>()),
    loss: needed(lossFunction()),
    sample: v.optional(callback()),
    onReport: needed(callback()),
    // For `watch` to check.
    every: v.optional(v.unknown()),
    thresholds: v.optional(v.unknown()),
  } satisfies SchemasOf<WatchedLearnerOptions<WatchedModel, unknown>>);

/**
 * A learner whose every so many updates (default 50) are watched. Before such an update this thread runs the loss once
 * more on the first of the update's batches, without a gradient, for the watcher to see its residuals; the learner itself
 * computes as if nobody looked on, so that no number of the training changes. The cost is that of the pass and of a copy of
 * the matrices.
 *
 * Dropout is on in that pass, from the stream that the update draws from: what is measured is the network that makes the
 * step, and with a `LocalLearner` the very same numbers (replicas and a `sample` draw other bits of the same rate). Branches that
 * stochastic depth skips are missing from a report, as ever.
 *
 * @throws SteadyformerError on what is no learner, model or loss, and on options that `watch` does not know
 */
export const watchedLearner = <Model extends WatchedModel, Batch>(
  options: WatchedLearnerOptions<Model, Batch>,
): Learner<Batch> => {
  parseAs(optionFields(), options, 'watchedLearner()');
  const { learner, model, loss, sample = (batch: Batch): Batch => batch, onReport, ...watching } = options;
  return new WatchedLearner({ learner, model, loss, sample, onReport }, watch(model, watching));
};

class WatchedLearner<Model extends WatchedModel, Batch> implements Learner<Batch> {
  /** Loss and gradient that `step` is about. */
  private seen: SeenStep = {};
  private failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly options: WatchedLearnerOptions<Model, Batch> & {
      readonly sample: (batch: Batch) => Batch;
    },
    private readonly watcher: Watcher,
  ) {}

  get updates(): number {
    return this.options.learner.updates;
  }

  get settings(): Settings {
    return this.options.learner.settings ?? {};
  }

  async gradient(batches: readonly Batch[], random: RandomStream): Promise<UpdateSums> {
    this.checkReported();
    const sums = await this.options.learner.gradient(batches, random);
    this.seen = { loss: sums.loss, gradientNorm: sums.gradientNorm };
    this.look(batches[0]!, random);
    return sums;
  }

  async step(learningRate: number, scale: number): Promise<void> {
    const update = this.updates + 1;
    this.watcher.before(update);
    try {
      await this.options.learner.step(learningRate, scale);
    } catch (error) {
      this.watcher.dispose();
      throw error;
    }
    // The update is made: whoever is told that it failed would make it again.
    try {
      const report = await this.watcher.after(update, this.seen);
      if (report) await this.options.onReport(report);
    } catch (error) {
      this.watcher.dispose();
      this.failure = { error };
    }
  }

  discard(): void {
    this.watcher.dispose();
    this.options.learner.discard();
  }

  async state(): Promise<OptimizerState> {
    this.checkReported();
    return this.options.learner.state();
  }

  restore(state: OptimizerState): void {
    this.options.learner.restore(state);
  }

  async dispose(): Promise<void> {
    this.watcher.dispose();
    await this.options.learner.dispose();
  }

  /** One forward pass of a watched update. */
  private look(batch: Batch, random: RandomStream): void {
    const update = this.updates + 1;
    this.watcher.dispose();
    if (!this.watcher.isDue(update)) return;
    const { model, loss, sample } = this.options;
    const context = { training: true, random: random.fork(0), ...this.watcher.context(update) };
    try {
      tf.tidy(() => {
        checkedLoss(loss(model, sample(batch), context));
      });
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  private checkReported(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure.error;
  }
}
