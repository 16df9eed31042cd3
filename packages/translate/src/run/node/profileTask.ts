import type { Profile, ProfileOptions } from '@steadyformer/admin-init';
import type { Stacked } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { RunConfig } from '../runConfig';
import type { Task } from './task';

/** `profile`, or `adminInit`, which sets omega as well. */
type Measure = (
  model: Stacked<unknown>,
  batches: Iterable<unknown>,
  options: ProfileOptions,
) => Promise<Profile>;

/** Profiles the model of a run on the first batches of its training text, as its config says. */
export const profileTask = async (
  task: Task,
  { profile: options, seed }: Pick<RunConfig, 'profile' | 'seed'>,
  measure: Measure,
): Promise<Profile> => {
  const { batches, ...rest } = options;
  const used = Array.from({ length: Math.min(batches, task.train.count) }, (_, i) =>
    task.tensors(task.train.batchAt(0, i)),
  );
  try {
    return await measure(
      task.model as Stacked<unknown>,
      used.map(({ input }) => input),
      { ...rest, seed },
    );
  } finally {
    tf.dispose(used.flatMap(({ tensors }) => [...tensors]));
  }
};
