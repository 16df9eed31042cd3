import type { Profile } from '@steadyformer/admin-init';
import { type MovingAverage, type RuleConfig, stateDict, type Transformer } from '@steadyformer/core';
import type { CheckpointSeries } from '../../checkpoint/node/checkpointSeries';
import type { TokenBatch } from '../../data/batch';
import type { Settings } from '../../settings/settings';
import { type Evaluation, evaluateLoss } from '../../training/evaluate';
import type { TokenModel } from '../../training/modelKinds';
import type { StepReport, Trainer } from '../../training/trainer';
import type { Ending, RunEvent, ValidationEvent } from '../events';
import type { RunConfig } from '../runConfig';
import type { ObservedLearner } from './observedLearner';
import { scorePairs } from './score';
import type { Task } from './task';

/** Tells an event: to the log, and to who asked for the run. */
export type Emit = (event: RunEvent) => Promise<void>;

export interface LoopParts {
  readonly config: RunConfig;
  readonly task: Task;
  readonly trainer: Trainer<TokenModel, TokenBatch>;
  readonly learner: ObservedLearner<TokenBatch>;
  readonly rule: RuleConfig;
  readonly average?: MovingAverage;
  readonly profile?: Profile;
  readonly series: CheckpointSeries;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** What the checkpoint that the run goes on from kept of the loop. */
  readonly resumed?: Settings;
}

/** What the loop knows beside weights and optimizer, kept with every checkpoint: plain JSON. */
interface LoopState {
  /** The update that was validated last; 0 for none. */
  readonly validated: number;
  /** The best metric so far, and validations since. */
  readonly best: number | null;
  readonly waited: number;
}

const BEGINNING: LoopState = { validated: 0, best: null, waited: 0 };

/** Trains until the last update, an early end, divergence, or the signal. Whatever ends it, the last state is saved. */
export const runLoop = async (parts: LoopParts): Promise<Ending> => {
  const { config, trainer, signal } = parts;
  const { updates, epochs } = config.training;
  const { every } = config.validation;
  const report = reporter(parts);
  let state: LoopState = { ...BEGINNING, ...(parts.resumed as unknown as LoopState | undefined) };
  let saved = trainer.updates;
  const save = async (metric?: number): Promise<void> => {
    await saveState(parts, state, metric);
    saved = trainer.updates;
  };
  const measure = async (): Promise<void> => {
    const validation = await validate(parts);
    const { event, next, metric } = judged(validation, state, config);
    state = next;
    await parts.emit(event);
    await save(metric);
  };
  const isLast = (): boolean =>
    trainer.updates >= updates || (epochs !== undefined && trainer.position.epoch >= epochs);
  // Asked before a step, so that a run stopped while validating begins with that when it goes on.
  const isDue = (): boolean =>
    state.validated < trainer.updates && (isLast() || (every > 0 && trainer.updates % every === 0));
  const { patience } = config.earlyStopping;
  while (!signal.aborted) {
    if (isDue()) {
      await measure().catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      continue;
    }
    if (isLast()) return 'done';
    if (patience > 0 && state.waited >= patience) return 'early';
    await report(await trainer.step());
    if (trainer.updates % config.checkpoints.every === 0 && !isDue()) await save();
  }
  if (saved !== trainer.updates) await save();
  return 'stopped';
};

/** Tells of updates, every so many. */
const reporter = ({ config, emit }: LoopParts): ((report: StepReport) => Promise<void>) => {
  let tokens = 0;
  let since = performance.now();
  const began = since;
  let made = 0;
  return async ({ update, epoch, loss, nll, learningRate, gradientNorm, tokens: own }) => {
    tokens += own;
    made++;
    const { updates } = config.training;
    if (update % config.log.every !== 0 && update !== updates) return;
    const now = performance.now();
    await emit({
      event: 'update',
      update,
      updates,
      epoch,
      loss,
      perplexity: Math.exp(nll),
      learningRate,
      gradientNorm,
      tokens: own,
      tokensPerSecond: tokens / ((now - since) / 1000),
      secondsLeft: ((now - began) / 1000 / made) * (updates - update),
    });
    [tokens, since] = [0, now];
  };
};

type Validation = Omit<ValidationEvent, 'best'>;

/** Measures the model on held-out text, with the averages in the place of its weights where it has them. */
const validate = async ({ task, config, average, trainer, signal, emit }: LoopParts): Promise<Validation> => {
  const stage = (name: string) => (done: number, total: number) => {
    signal.throwIfAborted();
    void emit({ event: 'progress', stage: name, done, total });
  };
  const measured = async (): Promise<Validation> => {
    const told = stage('validating');
    const { loss, perplexity }: Evaluation = await evaluateLoss(task.model, task.valid.epoch(), task.loss, {
      onProgress: ({ batches }) => told(batches, task.valid.count),
    });
    const { bleu: wanted, metric, sentences } = config.validation;
    const pairs = task.pairs.valid.slice(0, sentences);
    const plain: Validation = { event: 'validation', update: trainer.updates, loss, perplexity };
    if (pairs.length === 0 || !(wanted || metric === 'bleu')) return plain;
    const { bleu, signature, samples } = await scorePairs(
      task.model as Transformer,
      task.vocabulary,
      pairs,
      config.decoding,
      stage('translating'),
    );
    return { ...plain, bleu, signature, samples };
  };
  return average ? average.use(measured) : measured();
};

/** What a validation changes: whether it is the best so far, and how long none has been better. */
const judged = (
  validation: Validation,
  state: LoopState,
  { validation: { metric: by }, earlyStopping: { minDelta } }: RunConfig,
): { readonly event: ValidationEvent; readonly next: LoopState; readonly metric: number } => {
  const metric = by === 'bleu' ? validation.bleu! : validation.loss;
  const gain =
    state.best === null
      ? Number.POSITIVE_INFINITY
      : by === 'bleu'
        ? metric - state.best
        : state.best - metric;
  const improved = gain > minDelta;
  return {
    event: { ...validation, best: gain > 0 },
    metric,
    next: {
      validated: validation.update,
      best: improved ? metric : state.best,
      waited: improved ? 0 : state.waited + 1,
    },
  };
};

const saveState = async (
  { task, trainer, rule, profile, series, emit }: LoopParts,
  state: LoopState,
  metric: number | undefined,
): Promise<void> => {
  const { folder, best } = await series.save(
    {
      config: task.model.config,
      parameters: await stateDict(task.model),
      vocabulary: task.vocabulary,
      training: { ...(await trainer.state()), rule, run: { ...state } },
      ...(profile ? { profile } : {}),
    },
    metric === undefined ? {} : { metric },
  );
  await emit({ event: 'checkpoint', update: trainer.updates, folder, best });
};
