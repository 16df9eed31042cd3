import { constant, product, type Schedule, type ScheduleConfig, scheduleFrom } from '@steadyformer/core';
import type { OptimizerConfig, ScheduleChoice } from './sections/training';

/** Schedules that have a peak of their own. */
const PEAKED: Readonly<Record<string, true>> = {
  inverseSqrt: true,
  linearDecay: true,
  cosineDecay: true,
  polynomialDecay: true,
  stepDecay: true,
};

const split = ({
  name,
  ...options
}: ScheduleChoice): { readonly name: string; readonly options: object } => ({
  name,
  options,
});

/**
 * The learning rate of a config: `optimizer.peak` is the peak of a schedule that has one, and a factor of all others and
 * of products.
 *
 * @throws SteadyformerError as `scheduleFrom` does
 */
export const scheduleOf = ({ schedule, peak }: Pick<OptimizerConfig, 'schedule' | 'peak'>): Schedule => {
  if (Array.isArray(schedule)) {
    return product(
      constant(peak),
      scheduleFrom((schedule as readonly ScheduleChoice[]).map(split) as ScheduleConfig),
    );
  }
  const { name, options } = split(schedule as ScheduleChoice);
  if (Object.hasOwn(PEAKED, name)) return scheduleFrom({ name, options: { peak, ...options } });
  return product(constant(peak), scheduleFrom({ name, options: { ...options } }));
};

/** The updates with which a warm-up ends, as the schedules of core call it. */
export const warmupsOf = (schedule: OptimizerConfig['schedule']): number[] => {
  const factors = (Array.isArray(schedule) ? schedule : [schedule]) as readonly ScheduleChoice[];
  return factors
    .map(({ name, warmup, updates }) => (name === 'linearWarmup' ? updates : warmup))
    .filter((end): end is number => typeof end === 'number');
};

/** The update after which a model is to have learned more than the frequencies of tokens, its warm-up long past. */
export const stallAfter = (schedule: OptimizerConfig['schedule']): number =>
  Math.max(2000, ...warmupsOf(schedule).map((end) => 2 * end));
