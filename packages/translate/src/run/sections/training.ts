import { anyRecord, fields, finite, flag, isRecord, such, text, whole } from '@steadyformer/core';
import * as v from 'valibot';
import { listOf } from '../../checks/schemas';
import { smoothings } from '../../training/translationLoss';
import { byForm, key, type Section, section } from '../section';
import { above0 } from './model';

/** A schedule by name, its options beside the name; `optimizer.peak` is its peak where it has one, else a factor. */
export type ScheduleChoice = Readonly<Record<string, unknown>> & { readonly name: string };

/** Parameters that are trained in a way of their own. */
export interface GroupConfig {
  /** As of `select`: 'decoder.layers.*.feedForward'. */
  readonly select: string;
  readonly rateFactor?: number;
  readonly weightDecay?: number;
  readonly epsilon?: number;
  readonly frozen?: boolean;
}

export interface OptimizerConfig {
  readonly name: string;
  readonly peak: number;
  readonly schedule: ScheduleChoice | readonly ScheduleChoice[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly groups: readonly GroupConfig[];
}

export interface TrainingConfig {
  readonly updates: number;
  readonly epochs?: number;
  readonly labelSmoothing: number;
  readonly accumulate: number;
  readonly clipNorm?: number;
  readonly checkpointing: boolean;
}

const named = (): v.GenericSchema =>
  such('{ name, ... }', (value) => isRecord(value) && typeof value.name === 'string');

const groupFields = () =>
  fields({
    select: text(),
    rateFactor: v.optional(finite()),
    weightDecay: v.optional(finite()),
    epsilon: v.optional(finite()),
    frozen: v.optional(flag()),
  });

export const optimizerSection = (): Section<OptimizerConfig> =>
  section('How weights are updated.', {
    name: key("'radam', as in the paper, 'adam' or 'sgd'.", text(), 'radam'),
    peak: key('The largest learning rate.', above0(), 1e-3),
    schedule: key(
      "The learning rate over updates: { name: 'inverseSqrt', warmup: 4000 }, 'linearDecay', 'cosineDecay', ..., with the options of the function of this name; or a list of factors, whose product is multiplied by peak.",
      byForm<OptimizerConfig['schedule']>((value) =>
        Array.isArray(value)
          ? listOf('a list of at least one { name, ... }', (item) => v.is(named(), item))
          : named(),
      ),
      { name: 'inverseSqrt', warmup: 4000 },
    ),
    options: key(
      'What else the optimizer takes, such as beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0 of radam and adam.',
      anyRecord(),
      {},
    ),
    groups: key(
      "Parameters trained in a way of their own, such as { select: '*Embedding', weightDecay: 0 } or { select: 'encoder', frozen: true }.",
      v.array(groupFields(), 'a list of { select, ... }') as unknown as v.GenericSchema<
        readonly GroupConfig[]
      >,
      [],
    ),
  });

export const trainingSection = (): Section<TrainingConfig> =>
  section('How long and on what objective.', {
    updates: key('Updates of the weights.', whole(), 10_000),
    epochs: key('Ends after so many times through the text, where that comes first.', whole()),
    labelSmoothing: key('Share of the probability that is spread over all tokens.', smoothings(), 0.1),
    accumulate: key('Batches whose gradients are summed for one update.', whole(), 1),
    clipNorm: key(
      'Gradients of a larger norm are scaled down to it. Default: no limit, as in the paper.',
      above0(),
    ),
    checkpointing: key(
      'Less memory for more time: activations are computed again in the backward pass.',
      flag(),
      false,
    ),
  });
