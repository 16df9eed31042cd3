import type { Summary } from '@steadyformer/core';
import type { RunConfig } from './runConfig';
import type { PlannedDisk, PlannedMemory, PlannedTraining } from './runPlan';
import { scheduleOf, warmupsOf } from './schedule';

const FLOAT = 4;

/** Updates that a run makes, of batches an epoch where they are known. */
export const plannedTraining = (
  { optimizer, training }: Pick<RunConfig, 'optimizer' | 'training'>,
  epoch?: { readonly batches: number; readonly targetTokens: number },
): PlannedTraining => {
  const { accumulate, epochs: most } = training;
  // An update that begins in an epoch is made whole.
  const inEpochs = epoch && most !== undefined ? Math.ceil((most * epoch.batches) / accumulate) : undefined;
  const updates = Math.min(training.updates, inEpochs ?? training.updates);
  const schedule = scheduleOf(optimizer);
  const points = new Set([1, ...warmupsOf(optimizer.schedule).filter((end) => end < updates), updates]);
  return {
    updates,
    ...(epoch
      ? {
          epochs: (updates * accumulate) / epoch.batches,
          updatesAnEpoch: epoch.batches / accumulate,
          tokensAnUpdate: (epoch.targetTokens / epoch.batches) * accumulate,
        }
      : {}),
    rates: [...points].sort((a, b) => a - b).map((update) => ({ update, rate: schedule(update) })),
  };
};

type Sizes = Pick<Summary, 'parameters' | 'trained' | 'bytes' | 'trainingBytes'>;

const averageBytes = ({ average }: Pick<RunConfig, 'average'>, { bytes }: Sizes): number =>
  average.decay > 0 ? bytes : 0;

export const plannedMemory = (
  config: Pick<RunConfig, 'average'>,
  sizes: Sizes,
  peak?: number,
): PlannedMemory => ({
  parameters: sizes.bytes,
  optimizer: sizes.trainingBytes - sizes.bytes + averageBytes(config, sizes),
  ...(peak === undefined ? {} : { peak }),
});

/** What a run leaves on disk at most: weights, both moments of all parameters, and the average where there is one. */
export const plannedDisk = (
  config: Pick<RunConfig, 'average' | 'checkpoints' | 'validation'>,
  sizes: Sizes,
  updates: number,
): PlannedDisk => {
  const { keep, keepEvery, every } = config.checkpoints;
  const validations = config.validation.every > 0 ? Math.floor(updates / config.validation.every) : 0;
  const made = Math.floor(updates / every) + validations + 1;
  const checkpoint = sizes.bytes + 2 * FLOAT * sizes.parameters + averageBytes(config, sizes);
  const forGood = keepEvery === undefined ? 0 : Math.min(Math.floor(updates / keepEvery), made);
  const checkpoints = Math.min(keep, made) + 1 + forGood + 1;
  return { checkpoint, checkpoints, total: checkpoint * checkpoints + sizes.bytes };
};
