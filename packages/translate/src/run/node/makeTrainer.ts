import { MovingAverage, type RuleConfig, ruleFrom } from '@steadyformer/core';
import type { TokenBatch } from '../../data/batch';
import { splitBatch } from '../../data/splitBatch';
import { chooseReplicas } from '../../training/chooseReplicas';
import type { Learner } from '../../training/learner';
import type { TokenModel } from '../../training/modelKinds';
import type { OuterLearner } from '../../training/outerLearner';
import { isFirst } from '../../training/ranks';
import { Trainer } from '../../training/trainer';
import { watchedLearner } from '../../training/watchedLearner';
import { groupsOf } from '../groups';
import type { RunConfig } from '../runConfig';
import { scheduleOf } from '../schedule';
import { type JointSignal, numberOfFirst } from './joinedRun';
import { candidates, makeLearner, outerOver } from './learner';
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
  /** Makes the outer steps, where the config asks for them. */
  readonly outer: OuterLearner | undefined;
}

/** One part in so many of a batch is looked at, which is enough for means over its tokens. */
const SAMPLED = 4;

/** A learner that tells what its residuals do, every so many updates. */
const watched = (
  learner: Learner<TokenBatch>,
  { model, loss }: Task,
  { watch: { every, thresholds } }: RunConfig,
  emit: Emit,
  first: boolean,
): Learner<TokenBatch> =>
  every === 0 || !first
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
  joint: JointSignal,
): Promise<RunTrainer> => {
  const { config, options, before } = parts;
  const { optimizer, training, seed } = config;
  const { record, latest } = before ?? {};
  const rule = ruleFrom({ name: optimizer.name, options: optimizer.options });
  const groups = groupsOf(task.model, optimizer.groups);
  const { entry, ranks } = options;
  const given = { task, rule, groups, training, ...(entry ? { entry } : {}) };
  const known = latest && record ? (record.config.replicas as number) : undefined;
  // Measured on one of the ranks, alone.
  const chosen: { readonly count: number; readonly reason?: string } = isFirst(ranks)
    ? await countOf(known, (replicas) => makeLearner(given, replicas), parts, task)
    : { count: 1 };
  const count = ranks ? await numberOfFirst(ranks, chosen.count) : chosen.count;
  const { reason } = chosen;
  await emit({ event: 'replicas', count, ...(reason ? { reason } : {}) });
  const joined = { ...given, ...(ranks ? { ranks } : {}), ...(joint.rider ? { rider: joint.rider } : {}) };
  const stepsApart = config.outer.every > 0;
  const own = await makeLearner(stepsApart ? given : joined, count);
  const seen = watched(own, task, config, emit, isFirst(ranks));
  const outer = stepsApart ? outerOver(seen, joined, config, joint) : undefined;
  const learner = outer ?? seen;
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
  return { trainer, average, rule: { name, options: ruleOptions }, count, outer };
};
