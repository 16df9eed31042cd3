import { adminInit, needsProfile } from '@steadyformer/admin-init';
import { type Watcher, watch } from '@steadyformer/analysis';
import { adam, constant, linearWarmup, product, type Transformer, transformer } from '@steadyformer/core';
import {
  batchTensors,
  type Learner,
  LocalLearner,
  type LossFunction,
  type TokenBatch,
  Trainer,
  Translator,
  translationLoss,
} from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';
import type { Choice } from '../methods';
import type { Corpus } from './corpus';
import { methodOf } from './networks';

/** What a model is trained with. */
export interface TrainingSetup extends Choice {
  readonly rate: number;
  readonly warmup: number;
  readonly seed: number;
}

/** What one update did. */
export interface StepFigures {
  readonly update: number;
  /** Cross-entropy of a target token, in nats. */
  readonly loss: number;
  readonly gradientNorm: number;
  /** The estimated output change of the decoder by this update; in watched ones alone. */
  readonly amplification?: number;
}

/** Sizes of the translator. */
export const TRANSLATOR = { width: 32, heads: 4, feedForward: 64 } as const;

/** Updates between two looks at the model: each costs a copy of its matrices. */
export const WATCHED = 5;

/** A model in training: an update at a time, and translations in between. Runs on tfjs's active backend. */
export class TrainingSession {
  private constructor(
    private readonly model: Transformer,
    private readonly trainer: Trainer<Transformer, TokenBatch>,
    private readonly learner: WatchedSteps,
    private readonly translator: Translator,
  ) {}

  /** Builds the model; Admin's scales are set from its first batch. */
  static async open(setup: TrainingSetup, corpus: Corpus): Promise<TrainingSession> {
    const { method, depth, rate, warmup, seed } = setup;
    const { vocabulary } = corpus;
    const batches = corpus.batches(seed);
    const model = transformer(
      { vocabulary: vocabulary.size, padId: vocabulary.pad, ...TRANSLATOR, depth, method: methodOf(method) },
      seed,
    );
    try {
      if (needsProfile(model)) {
        const batch = batchTensors(batches.batchAt(0, 0));
        await adminInit(model, [batch]).finally(() => tf.dispose([batch.source, batch.target]));
      }
      const learner = new WatchedSteps(model);
      const schedule = warmup > 0 ? product(constant(rate), linearWarmup(warmup)) : constant(rate);
      const trainer = new Trainer<Transformer, TokenBatch>({ learner, batches, schedule, seed });
      return new TrainingSession(model, trainer, learner, new Translator(model, vocabulary));
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  /** Numbers of all parameters. */
  get parameters(): number {
    return this.model.parameterCount();
  }

  /** One update. Throws where loss or gradient is not finite. */
  async step(): Promise<StepFigures> {
    const { update, loss, gradientNorm } = await this.trainer.step();
    const amplification = this.learner.amplification(update);
    return { update, loss, gradientNorm, ...(amplification === undefined ? {} : { amplification }) };
  }

  /**
   * What the model makes of a text now, by its likeliest token each. The first is not the end: to a model that has learned
   * little nothing is likelier than the end, which comes once in every sentence.
   */
  async translate(text: string): Promise<string> {
    const [translation] = await this.translator.translate([text], { beamSize: 1, minLength: 2 });
    return translation!.text;
  }

  async dispose(): Promise<void> {
    this.trainer.dispose();
    await this.learner.dispose();
    this.model.dispose();
  }
}

/** A learner whose every `WATCHED`-th update is looked at. */
class WatchedSteps implements Learner<TokenBatch> {
  private readonly local: LocalLearner<Transformer, TokenBatch>;
  private readonly watcher: Watcher;
  private last: { readonly update: number; readonly change: number } | undefined;

  constructor(model: Transformer) {
    this.watcher = watch(model, { every: WATCHED });
    const plain = translationLoss(0);
    const loss: LossFunction<Transformer, TokenBatch> = (of, batch, context) =>
      plain(of, batch, { ...context, ...this.watcher.context(this.updates + 1) });
    this.local = new LocalLearner({ model, loss, rule: adam() });
  }

  get updates(): number {
    return this.local?.updates ?? 0;
  }

  /** The estimated output change of the decoder by the update, where it was watched. */
  amplification(update: number): number | undefined {
    return this.last?.update === update ? this.last.change : undefined;
  }

  gradient: Learner<TokenBatch>['gradient'] = (batches, random) => this.local.gradient(batches, random);

  async step(rate: number, scale: number): Promise<void> {
    const update = this.updates + 1;
    this.watcher.before(update);
    await this.local.step(rate, scale);
    const report = await this.watcher.after(update);
    if (report) this.last = { update, change: report.outputChange.decoder ?? 0 };
  }

  discard(): void {
    this.watcher.dispose();
    this.local.discard();
  }

  state: Learner<TokenBatch>['state'] = () => this.local.state();

  restore: Learner<TokenBatch>['restore'] = (state) => this.local.restore(state);

  async dispose(): Promise<void> {
    this.watcher.dispose();
    await this.local.dispose();
  }
}
