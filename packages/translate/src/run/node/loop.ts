import type { Profile } from '@steadyformer/admin-init';
import { type MovingAverage, type RuleConfig, stateDict, type Transformer } from '@steadyformer/core';
import type { CheckpointSeries } from '../../checkpoint/node/checkpointSeries';
import type { TokenBatch } from '../../data/batch';
import { type Settings, toSetting } from '../../settings/settings';
import { type EarlyStoppingState, earlyStopping } from '../../training/earlyStopping';
import { type Evaluation, evaluateLoss } from '../../training/evaluate';
import { type Divergence, type LossGuardState, lossGuard } from '../../training/lossGuard';
import type { TokenModel } from '../../training/modelKinds';
import { NotFiniteUpdate } from '../../training/notFiniteUpdate';
import type { StepReport, Trainer } from '../../training/trainer';
import type { DivergedEvent, Ending, RunEvent, ValidationEvent } from '../events';
import type { RunConfig } from '../runConfig';
import { scorePairs } from './score';
import type { Task } from './task';

/** Tells an event: to the log, and to who asked for the run. */
export type Emit = (event: RunEvent) => Promise<void>;

export interface LoopParts {
  readonly config: RunConfig;
  readonly task: Task;
  readonly trainer: Trainer<TokenModel, TokenBatch>;
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
  readonly stopping?: EarlyStoppingState;
  readonly guard?: LossGuardState;
}

/** Trains until the last update, an early end, divergence, or the signal. Whatever ends it, the last good state is saved. */
export const runLoop = async (parts: LoopParts): Promise<Ending> => {
  const { config, trainer, signal, emit } = parts;
  const { updates, epochs } = config.training;
  const { every } = config.validation;
  const report = reporter(parts);
  const guard = lossGuard();
  let state: LoopState = { validated: 0, ...parts.resumed };
  let saved = trainer.updates;
  const save = async (metric?: number): Promise<void> => {
    await saveState(parts, state, metric);
    saved = trainer.updates;
  };
  // While the loss is too high what was saved before it rose stays the newest.
  const isSound = (): boolean => (state.guard?.above ?? 0) === 0;
  const isLast = (): boolean =>
    trainer.updates >= updates || (epochs !== undefined && trainer.position.epoch >= epochs);
  // Asked before a step, so that a run stopped while validating begins with that when it goes on.
  const isDue = (): boolean =>
    state.validated < trainer.updates && (isLast() || (every > 0 && trainer.updates % every === 0));
  while (!signal.aborted) {
    if (isDue()) {
      const validation = await unlessAborted(signal, () => validate(parts));
      if (!validation) continue;
      const { event, stopping, metric, message } = judged(validation, state.stopping, config);
      state = { ...state, validated: trainer.updates, ...(stopping ? { stopping } : {}) };
      await emit(event);
      if (isSound() || event.best) await save(metric);
      if (message === undefined) continue;
      await emit({ event: 'warning', update: trainer.updates, message });
      return 'early';
    }
    if (isLast()) return 'done';
    const divergence = await made(trainer, async (step) => {
      const { state: seen, divergence: found } = guard(step, state.guard);
      state = { ...state, ...(seen ? { guard: seen } : {}) };
      await report(step);
      return found;
    });
    if (divergence) {
      await emit(await diverged(parts, divergence));
      return 'diverged';
    }
    if (trainer.updates % config.checkpoints.every === 0 && !isDue() && isSound()) await save();
  }
  if (saved !== trainer.updates) await save();
  return 'stopped';
};

/** What `work` gives; undefined where the signal ended it. */
const unlessAborted = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted) throw error;
    return undefined;
  }
};

/** Makes an update. Gives what is wrong with it, where something is. */
const made = async (
  trainer: LoopParts['trainer'],
  look: (step: StepReport) => Promise<Divergence | undefined>,
): Promise<Divergence | undefined> => {
  try {
    return await look(await trainer.step());
  } catch (error) {
    if (!(error instanceof NotFiniteUpdate)) throw error;
    return lossGuard()(error).divergence;
  }
};

/** Where a divergence began: the step is made again with every sub-layer looked at. */
const diverged = async ({ series }: LoopParts, { update, message }: Divergence): Promise<DivergedEvent> => {
  const lastGood = (await series.latest())?.folder;
  return {
    event: 'diverged',
    update,
    reason: message,
    advice: [],
    ...(lastGood === undefined ? {} : { lastGood }),
  };
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

/** What a validation says: whether it is the best so far, and whether none has been better for too long. */
const judged = (
  validation: Validation,
  before: EarlyStoppingState | undefined,
  { validation: { metric: by }, earlyStopping: { minDelta, patience } }: RunConfig,
): {
  readonly event: ValidationEvent;
  readonly metric: number;
  readonly stopping: EarlyStoppingState | undefined;
  readonly message: string | undefined;
} => {
  const metric = by === 'bleu' ? validation.bleu! : validation.loss;
  const rule = earlyStopping({ metric: by, minDelta, ...(patience > 0 ? { patience } : {}) });
  const { state, improved, stop, message } = rule({ update: validation.update, value: metric }, before);
  return {
    event: { ...validation, best: improved },
    metric,
    stopping: state,
    message: stop && patience > 0 ? message : undefined,
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
      training: { ...(await trainer.state()), rule, run: toSetting(state) as Settings },
      ...(profile ? { profile } : {}),
    },
    metric === undefined ? {} : { metric },
  );
  await emit({ event: 'checkpoint', update: trainer.updates, folder, best });
};
