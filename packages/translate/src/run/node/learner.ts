import { availableParallelism } from 'node:os';
import {
  invalidArgument,
  type LanguageModel,
  type ParameterGroup,
  type Transformer,
  type UpdateRule,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { TokenBatch } from '../../data/batch';
import type { Learner } from '../../training/learner';
import { LocalLearner } from '../../training/localLearner';
import { languageModelReplicas, translationReplicas } from '../../training/node/replicas';
import { rankLearner, reduceBetween, reduceOver } from '../../training/rankLearner';
import type { Ranks } from '../../training/ranks';
import type { RunConfig } from '../runConfig';
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
}

/** The learner of a run: in this thread, or shared between replicas; alone, or one of several ranks. */
export const makeLearner = async (parts: LearnerParts, count: number): Promise<Learner<TokenBatch>> => {
  const learner = await ownLearner(parts, count);
  return parts.ranks ? rankLearner(learner, parts.task.model, parts.ranks) : learner;
};

const ownLearner = async (
  { task, rule, groups, training, entry, ranks }: LearnerParts,
  count: number,
): Promise<Learner<TokenBatch>> => {
  const { model, loss } = task;
  const { labelSmoothing: smoothing, checkpointing } = training;
  if (count === 1) {
    const reduced = ranks ? { reduceGradients: reduceOver(ranks) } : {};
    return new LocalLearner({ model, loss, rule, groups, checkpointing, ...reduced });
  }
  const shared = {
    ...{ rule, groups, smoothing, checkpointing, count },
    ...(entry ? { entry } : {}),
    ...(ranks ? { reduceBetween: reduceBetween(ranks) } : {}),
  };
  return model.config.kind === 'languageModel'
    ? languageModelReplicas({ ...shared, model: model as LanguageModel })
    : translationReplicas({ ...shared, model: model as Transformer });
};

/** Only onnxruntime's tensors can lie in memory that threads share. */
export const mayShare = (): boolean => tf.getBackend() === 'onnxruntime';

/** @throws SteadyformerError where more than one is asked for on a backend that has none */
export const checkReplicas = (replicas: RunConfig['replicas']): void => {
  if (replicas === 'auto' || replicas === 1 || mayShare()) return;
  throw invalidArgument({ what: 'replicas', received: replicas, allowed: `1 on ${tf.getBackend()}` });
};

/** How many replicas `auto` tries. */
export const candidates = (): number[] => (mayShare() ? [...new Set([1, availableParallelism()])] : [1]);
