import { adminInit, needsProfile, type Profile } from '@steadyformer/admin-init';
import type { Stacked } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { RunEvent } from '../events';
import type { RunConfig } from '../runConfig';
import type { Task } from './task';

/** Omega set from the first batches, where the method sets it from data. */
export const profileTask = async (
  task: Task,
  { profile: options, seed }: RunConfig,
): Promise<Profile | undefined> => {
  const model = task.model as Stacked<unknown>;
  if (!needsProfile(model)) return undefined;
  const { batches, ...rest } = options;
  const used = Array.from({ length: Math.min(batches, task.train.count) }, (_, i) =>
    task.tensors(task.train.batchAt(0, i)),
  );
  try {
    return await adminInit(
      model,
      used.map(({ input }) => input),
      { ...rest, seed },
    );
  } finally {
    tf.dispose(used.flatMap(({ tensors }) => [...tensors]));
  }
};

export const profileEvent = ({ stacks }: Profile): RunEvent => ({
  event: 'profile',
  omegas: Object.fromEntries(
    Object.entries(stacks).map(([stack, branches]) => [stack, branches.map(({ omega }) => omega)]),
  ),
});
