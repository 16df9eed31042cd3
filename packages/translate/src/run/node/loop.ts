import { stateDict } from '@steadyformer/core';
import { type Settings, toSetting } from '../../settings/settings';
import { type EarlyStoppingState, earlyStopping } from '../../training/earlyStopping';
import {
  type Divergence,
  type LossGuardOptions,
  type LossGuardState,
  lossGuard,
  type SeenUpdate,
} from '../../training/lossGuard';
import { NotFiniteUpdate } from '../../training/notFiniteUpdate';
import { isFirst } from '../../training/ranks';
import { tokenEntropy } from '../../training/tokenEntropy';
import type { StepReport } from '../../training/trainer';
import type { Ending, ValidationEvent } from '../events';
import type { RunConfig } from '../runConfig';
import { stallAfter } from '../schedule';
import { diverged } from './diverged';
import { validationOfFirst } from './joinedRun';
import type { LoopParts } from './loopParts';
import { unlessAborted } from './unlessAborted';
import { type Validation, validate } from './validate';

/** What the loop knows beside weights and optimizer, kept with every checkpoint: plain JSON. */
interface LoopState {
  /** The update that was validated last; 0 for none. */
  readonly validated: number;
  readonly stopping?: EarlyStoppingState;
  readonly guard?: LossGuardState;
}

/** Trains until the last update, an early end, divergence, or the signal. Whatever ends it, the last good state is saved. */
export const runLoop = async (parts: LoopParts): Promise<Ending> => {
  const { config, trainer, signal, isAborted, ranks, outer, emit } = parts;
  const { updates, epochs } = config.training;
  const { every } = config.validation;
  const report = reporter(parts);
  const guard = lossGuard(guardOptions(parts));
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
  const { patience } = config.earlyStopping;
  const isExhausted = (): boolean => patience > 0 && (state.stopping?.since ?? 0) >= patience;
  while (!(await isAborted())) {
    if (isDue()) {
      const own = await unlessAborted(signal, () => validate(parts));
      if (!own) continue;
      const validation = await validationOfFirst(ranks, own);
      const { event, stopping, metric, message } = judged(validation, state.stopping, config);
      state = { ...state, validated: trainer.updates, ...(stopping ? { stopping } : {}) };
      await emit(event);
      if (isSound() || event.best) await save(metric);
      if (message !== undefined) await emit({ event: 'warning', update: trainer.updates, message });
      continue;
    }
    // Also where a run goes on that was killed after its last validation.
    if (isExhausted()) return 'early';
    if (isLast()) return 'done';
    const guarded = (update: SeenUpdate): Divergence | undefined => {
      const { state: seen, divergence: found } = guard(update, state.guard);
      state = { ...state, ...(seen ? { guard: seen } : {}) };
      return found;
    };
    const own = await made(trainer, guarded, report);
    const divergence = outer ? await outer.join(own) : own;
    if (divergence) {
      await emit(await diverged(parts, divergence));
      return 'diverged';
    }
    if (trainer.updates % config.checkpoints.every === 0 && !isDue() && isSound()) await save();
  }
  if (saved !== trainer.updates) await save();
  return 'stopped';
};

/** Batches that the frequencies of tokens are taken from. */
const COUNTED = 200;

/** A model that has learned no more than the frequencies of tokens long after the warm-up will not. */
const guardOptions = ({ task, config }: LoopParts): LossGuardOptions => {
  const counted = Math.min(COUNTED, task.train.count);
  const batches = Array.from({ length: counted }, (_, i) => task.train.batchAt(0, i));
  return { unigram: tokenEntropy(batches), stall: stallAfter(config.optimizer.schedule) };
};

/** Makes an update. Gives what is wrong with it, where something is; tells only of those that were made. */
const made = async (
  trainer: LoopParts['trainer'],
  guarded: (seen: SeenUpdate) => Divergence | undefined,
  report: (step: StepReport) => Promise<void>,
): Promise<Divergence | undefined> => {
  try {
    const step = await trainer.step();
    const divergence = guarded(step);
    await report(step);
    return divergence;
  } catch (error) {
    if (!(error instanceof NotFiniteUpdate)) throw error;
    return guarded(error);
  }
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
  { task, trainer, rule, profile, series, ranks, emit }: LoopParts,
  state: LoopState,
  metric: number | undefined,
): Promise<void> => {
  // Every rank has its part of the optimizer's state.
  const training = await trainer.state();
  if (!isFirst(ranks)) return;
  const { folder, best } = await series.save(
    {
      config: task.model.config,
      parameters: await stateDict(task.model),
      vocabulary: task.vocabulary,
      training: { ...training, rule, run: toSetting(state) as Settings },
      ...(profile ? { profile } : {}),
    },
    metric === undefined ? {} : { metric },
  );
  await emit({ event: 'checkpoint', update: trainer.updates, folder, best });
};
