import type { Divergence } from '../../training/lossGuard';
import { findOrigin } from '../../training/origin/findOrigin';
import type { DivergedEvent } from '../events';
import { scheduleOf } from '../schedule';
import type { LoopParts } from './loopParts';

/** Where a divergence began: the step is made again, every sub-layer looked at. */
export const diverged = async (
  { trainer, series, task, config }: LoopParts,
  { update, message }: Divergence,
): Promise<DivergedEvent> => {
  const { batches, random } = trainer.next();
  const learningRate = scheduleOf(config.optimizer)(update);
  const origin = await findOrigin(task.model, task.loss, batches, { random, learningRate });
  const lastGood = (await series.latest())?.folder;
  return {
    event: 'diverged',
    update,
    reason: message,
    path: origin.path,
    advice: origin.message,
    ...(lastGood === undefined ? {} : { lastGood }),
  };
};
