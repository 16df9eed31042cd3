import { MovingAverage, type RuleConfig, ruleFrom } from '@steadyformer/core';
import type { TokenBatch } from '../../data/batch';
import type { Learner } from '../../training/learner';
import type { TokenModel } from '../../training/modelKinds';
import { Trainer } from '../../training/trainer';
import { watchedLearner } from '../../training/watchedLearner';
import { groupsOf } from '../groups';
import type { RunConfig } from '../runConfig';
import { scheduleOf } from '../schedule';
import { makeLearner } from './learner';
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
        onReport: (report) => emit({ event: 'watch', update: report.step, report }),
      });

/** The trainer, from the checkpoint's state on where there is one. */
export const makeTrainer = async (
  { config, options, before }: RunParts,
  task: Task,
  disposables: (() => unknown)[],
  emit: Emit,
): Promise<RunTrainer> => {
  const { optimizer, training, seed, replicas } = config;
  const { record, latest } = before ?? {};
  const rule = ruleFrom({ name: optimizer.name, options: optimizer.options });
  const groups = groupsOf(task.model, optimizer.groups);
  const known = latest && record ? (record.config.replicas as number) : undefined;
  const count = replicas === 'auto' ? (known ?? 1) : replicas;
  const { entry } = options;
  const learner = await watched(
    await makeLearner({ task, rule, groups, training, ...(entry ? { entry } : {}) }, count),
    task,
    config,
    emit,
  );
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
