import { availableParallelism } from 'node:os';
import {
  type LanguageModel,
  methodTraining,
  type ParameterGroup,
  type Transformer,
  type UpdateRule,
} from '@steadyformer/core';
import { checkReplicaCount, replicasHere } from '@steadyformer/core/node';
import type { TokenBatch } from '../../data/batch';
import { betweenRanks, type Rider } from '../../training/betweenRanks';
import type { Learner } from '../../training/learner';
import { LocalLearner } from '../../training/localLearner';
import { languageModelReplicas, translationReplicas } from '../../training/node/replicas';
import { OuterLearner } from '../../training/outerLearner';
import { rankLearner } from '../../training/rankLearner';
import type { Ranks } from '../../training/ranks';
import type { RunConfig } from '../runConfig';
import type { JointSignal } from './joinedRun';
import type { Task } from './task';

export interface LearnerParts {
  readonly task: Task;
  readonly rule: UpdateRule;
  readonly groups: readonly ParameterGroup[];
  readonly training: RunConfig['training'];
  /** A module that serves replicas of a model with the user's own parts. */
  readonly entry?: URL;
  /** Those that the gradients are added up over. */
  readonly ranks?: Ranks;
  /** What goes along with their sums. */
  readonly rider?: Rider;
}

/** The learner of a run: in this thread, or shared between replicas; alone, or one of several ranks. */
export const makeLearner = async (parts: LearnerParts, count: number): Promise<Learner<TokenBatch>> => {
  const learner = await ownLearner(parts, count);
  return parts.ranks ? rankLearner(learner, parts.task.model, parts.ranks) : learner;
};

/** Outer steps between the ranks, around a learner that knows nothing of them. */
export const outerOver = (
  learner: Learner<TokenBatch>,
  { task: { model }, rule, groups, ranks }: LearnerParts,
  config: RunConfig,
  { stop }: JointSignal,
): OuterLearner => {
  const { outer, validation, checkpoints, training } = config;
  const treated = methodTraining(model, rule, groups);
  const frozen = new Set(
    treated.groups.flatMap(({ frozen, parameters }) =>
      frozen ? parameters.map(({ parameter }) => parameter) : [],
    ),
  );
  return new OuterLearner({
    ...{ learner, model, ...outer },
    parameters: model.parameters().filter(({ parameter }) => !frozen.has(parameter)),
    projections: treated.projections,
    settles: (update) =>
      update >= training.updates ||
      update % checkpoints.every === 0 ||
      (validation.every > 0 && update % validation.every === 0),
    ...(stop ? { stop } : {}),
    ...(ranks ? { ranks } : {}),
  });
};

const ownLearner = async (
  { task, rule, groups, training, entry, ranks, rider }: LearnerParts,
  count: number,
): Promise<Learner<TokenBatch>> => {
  const { model, loss } = task;
  const { labelSmoothing: smoothing, checkpointing } = training;
  const joined = ranks ? { between: betweenRanks(ranks, rider) } : {};
  if (count === 1) return new LocalLearner({ model, loss, rule, groups, checkpointing, ...joined });
  const shared = {
    ...{ rule, groups, smoothing, checkpointing, count },
    ...(entry ? { entry } : {}),
    ...joined,
  };
  return model.config.kind === 'languageModel'
    ? languageModelReplicas({ ...shared, model: model as LanguageModel })
    : translationReplicas({ ...shared, model: model as Transformer });
};

/** @throws SteadyformerError where the backend has fewer devices than replicas are asked for */
export const checkReplicas = (replicas: RunConfig['replicas']): void => {
  if (replicas !== 'auto') checkReplicaCount(replicas, 'replicas');
};

/** How many replicas `auto` tries: threads as cores, processes as devices, which alone they do not share. */
export const candidates = (): number[] => {
  const { run, most = 1 } = replicasHere();
  return [...new Set([1, run === 'threads' ? availableParallelism() : most])];
};
