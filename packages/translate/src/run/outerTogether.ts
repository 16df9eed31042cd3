import { SteadyformerError } from '@steadyformer/core';
import { checkDelay } from '../training/outerSettings';
import type { OuterConfig } from './sections/outer';
import type { AverageConfig, CheckpointsConfig, ValidationConfig } from './sections/progress';
import type { TrainingConfig } from './sections/training';

interface Joined {
  readonly outer: OuterConfig;
  readonly training: TrainingConfig;
  readonly validation: ValidationConfig;
  readonly checkpoints: CheckpointsConfig;
  readonly average: AverageConfig;
}

/**
 * What workers that make outer steps measure and save they have alike after an outer step alone.
 *
 * @throws SteadyformerError on other keys that do not go with `outer.every`
 */
export const checkOuter = (
  { outer, training, validation, checkpoints, average }: Joined,
  where: string,
): void => {
  const { every } = outer;
  if (every === 0) return;
  checkDelay(outer, `${where}.outer`);
  const updates = [
    ['training.updates', training.updates],
    ['validation.every', validation.every],
    ['checkpoints.every', checkpoints.every],
  ] as const;
  const [off] = updates.filter(([, number]) => number % every !== 0);
  if (off) {
    throw new SteadyformerError(
      `${where}: ${off[0]} ${off[1]} is no multiple of outer.every, ${every}, and workers have the same weights after outer steps alone. ` +
        `Take ${Math.ceil(off[1] / every) * every}.`,
    );
  }
  const [idle] = [
    ['training.epochs', training.epochs !== undefined, 'an epoch may end between two outer steps'],
    ['average.decay', average.decay > 0, 'a moving average would follow the weights of one worker'],
  ].filter(([, isGiven]) => isGiven);
  if (idle) throw new SteadyformerError(`${where}: outer.every and ${idle[0]}: ${idle[2]}. Leave out one.`);
};
