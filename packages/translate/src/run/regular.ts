import type { RunConfig } from './runConfig';

/** Whether a run saves its state after an update by itself: it may be stopped, and save, after any. */
export const isRegular =
  ({
    checkpoints,
    validation,
    training,
  }: Pick<RunConfig, 'checkpoints' | 'validation' | 'training'>): ((update: number) => boolean) =>
  (update: number): boolean =>
    update % checkpoints.every === 0 ||
    (validation.every > 0 && update % validation.every === 0) ||
    update >= training.updates;
