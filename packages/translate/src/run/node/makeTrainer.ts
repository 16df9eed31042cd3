import { MovingAverage, type RuleConfig, ruleFrom } from '@steadyformer/core';
import type { TokenBatch } from '../../data/batch';
import { splitBatch } from '../../data/splitBatch';
import { chooseReplicas } from '../../training/chooseReplicas';
import type { Learner } from '../../training/learner';
import type { TokenModel } from '../../training/modelKinds';
import { Trainer } from '../../training/trainer';
import { watchedLearner } from '../../training/watchedLearner';
import { groupsOf } from '../groups';
import type { RunConfig } from '../runConfig';
import { scheduleOf } from '../schedule';
import { candidates, makeLearner } from './learner';
import type { Emit } from './loopParts';
import type { RunParts } from './runParts';
import type { Task } from './task';

/** A trainer and what belongs to it. */
export interface RunTrainer {
  readonly trainer: Trainer<TokenModel, TokenBatch>;
  readonly average: MovingAverage | undefined;
  readonly rule: RuleConfig;
  /** Replicas. */
  readonly count: number;
}

/** One part in so many of a batch is looked at, which is enough for means over its tokens. */
const SAMPLED = 4;

/** A learner that tells what its residuals do, every so many updates. */
const watched = (
  learner: Learner<TokenBatch>,
  { model, loss }: Task,
  { watch: { every, thresholds } }: RunConfig,
  emit: Emit,
): Learner<TokenBatch> =>
  every === 0
    ? learner
    : watchedLearner({
        ...{ learner, model, loss, every, thresholds },
        sample: (batch) => splitBatch(batch, SAMPLED, model.config.padId)[0]!,
        onReport: (report) => emit({ event: 'watch', update: report.step, report }),
      });

/** How many replicas: as many as before, as the config says, or those that are measured to be fastest. */
const countOf = async (
  known: number | undefined,
  learnerOf: (replicas: number) => Promise<Learner<TokenBatch>>,
  { config: { replicas, training, seed }, options: { signal } }: RunParts,
  task: Task,
): Promise<{ readonly count: number; readonly reason?: string }> => {
  if (replicas !== 'auto') return { count: replicas };
  if (known !== undefined) return { count: known, reason: 'as the run began with' };
  return chooseReplicas({
    batches: task.train,
    learnerOf,
    counts: candidates(),
    accumulate: training.accumulate,
    seed,
    ...(signal ? { signal } : {}),
  });
};

/** The trainer, from the checkpoint's state on where there is one. */
export const makeTrainer = async (
  parts: RunParts,
  task: Task,
  disposables: (() => unknown)[],
  emit: Emit,
): Promise<RunTrainer> => {
  const { config, options, before } = parts;
  const { optimizer, training, seed } = config;
  const { record, latest } = before ?? {};
  const rule = ruleFrom({ name: optimizer.name, options: optimizer.options });
  const groups = groupsOf(task.model, optimizer.groups);
  const { entry } = options;
  const learnerOf = (replicas: number): Promise<Learner<TokenBatch>> =>
    makeLearner({ task, rule, groups, training, ...(entry ? { entry } : {}) }, replicas);
  const known = latest && record ? (record.config.replicas as number) : undefined;
  const { count, reason } = await countOf(known, learnerOf, parts, task);
  await emit({ event: 'replicas', count, ...(reason ? { reason } : {}) });
  const learner = watched(await learnerOf(count), task, config, emit);
  disposables.push(() => learner.dispose());
  const { decay } = config.average;
  const average = decay > 0 ? new MovingAverage(task.model.parameters(), { decay }) : undefined;
  if (average) disposables.push(() => average.dispose());
  const { accumulate, clipNorm } = training;
  const trainer = new Trainer<TokenModel, TokenBatch>({
    learner,
    batches: task.train,
    schedule: scheduleOf(optimizer),
    accumulate,
    seed,
    ...(clipNorm === undefined ? {} : { clipNorm }),
    ...(average ? { average } : {}),
  });
  if (latest?.checkpoint.training) trainer.restore(latest.checkpoint.training);
  const { name, options: ruleOptions } = rule;
  return { trainer, average, rule: { name, options: ruleOptions }, count };
};
