import type { MovingAverage, Schedule, TreatedParameters, UpdateRule } from '@steadyformer/core';
import { type Setting, type Settings, toSetting } from '../settings/settings';

/** Updates whose learning rates stand for a schedule, which is a function and cannot be looked into. */
const PROBED: readonly number[] = Array.from({ length: 21 }, (_, i) => 2 ** i);

const rates = (schedule: Schedule): Settings =>
  Object.fromEntries(
    PROBED.map((update) => {
      try {
        return [`update ${update}`, toSetting(schedule(update))];
      } catch {
        return [`update ${update}`, 'an error'];
      }
    }),
  );

interface RunOptions {
  readonly batches: { readonly settings?: Settings };
  readonly schedule: Schedule;
  readonly accumulate?: number;
  readonly clipNorm?: number;
  readonly seed?: number;
  readonly average?: Pick<MovingAverage, 'options'>;
}

/** What decides the numbers of a run, as far as it is known. */
export const runSettings = (
  { batches, schedule, accumulate = 1, clipNorm, seed = 1, average }: RunOptions,
  learner: { readonly settings?: Settings },
): Settings => ({
  seed,
  accumulate,
  clipNorm: toSetting(clipNorm ?? null),
  schedule: rates(schedule),
  ...(average ? { average: toSetting(average.options) } : {}),
  ...(batches.settings ? { batches: batches.settings } : {}),
  ...learner.settings,
});

/**
 * What every learner says of itself: the model's config, where it has one, the rule, parameters that are updated in a
 * way that is not the rule's, and between how many it is shared.
 */
export const learnerSettings = (
  model: object,
  rule: UpdateRule,
  replicas: number,
  treated: readonly TreatedParameters[],
): Settings => ({
  ...('config' in model ? { model: toSetting(model.config) } : {}),
  rule: { name: rule.name, options: toSetting(rule.options) },
  ...(treated.length > 0 ? { groups: groupSettings(treated) } : {}),
  replicas,
});

const groupSettings = (treated: readonly TreatedParameters[]): Setting =>
  treated.map(({ treatment, parameters }) => ({
    ...treatment,
    parameters: parameters.map(({ path }) => path),
  }));
