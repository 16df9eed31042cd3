import * as v from 'valibot';
import { SteadyformerError } from '../checks/errors';
import { checkedBy, fields, parseAs } from '../checks/schema';
import { asStacked, checkStacked, type Stacked } from '../models/stacked';
import type { Stack } from '../residual/stack';
import { checkParameters, type NamedParameter } from '../state/module';
import { type InitialWeight, initialWeights } from './initialWeights';
import type { SummaryRow } from './row';
import { summaryRows } from './rows';
import { type TrainingRow, trainingRows } from './trainingRows';

/** A model as plain data; `summaryText` and `initialWeightsText` print it. */
export interface Summary {
  /** In the order of the model's fields, the output projection last. */
  readonly rows: readonly SummaryRow[];
  /** Numbers in the model; what is shared counts once. */
  readonly parameters: number;
  /** Those of each stack. */
  readonly stacks: Readonly<Record<string, number>>;
  /** Those that are trained. */
  readonly trained: number;
  /** Bytes of the parameters, float32. */
  readonly bytes: number;
  /**
   * Bytes that training with an `Optimizer` holds beside activations: the parameters, and of the trained ones the
   * gradient and two moments.
   */
  readonly trainingBytes: number;
  /** What every weight starts at. */
  readonly weights: readonly InitialWeight[];
  /** How parameters are trained that a method has trained in a way of its own; absent where there are none. */
  readonly training?: readonly TrainingRow[];
}

/** Options of `summary`. */
export interface SummaryOptions {
  /** The parameters that the optimizer updates; frozen ones are none. Default: all. */
  readonly trained?: readonly NamedParameter[];
}

const optionsSchema = (): v.GenericSchema<SummaryOptions> =>
  fields({
    trained: v.optional(
      checkedBy<readonly NamedParameter[]>((list) => checkParameters('summary() trained', list)),
    ),
  }) as v.GenericSchema<SummaryOptions>;

/**
 * What a model is made of, one row a sub-layer with its formula and the values its scales have now: a model of core's,
 * one of the user's own with `stacks()`, or a bare stack. Asynchronous as it reads the scales, so it works on any
 * backend, in a page too. Throws on what is no model, and on one that is disposed or half updated.
 */
export const summary = async <Batch>(
  model: Stacked<Batch> | Stack,
  options: SummaryOptions = {},
): Promise<Summary> => {
  const bare = 'subLayers' in Object(model);
  const whole = (bare ? asStacked(model as Stack) : model) as Stacked<Batch>;
  checkStacked('summary()', whole);
  const { trained } = parseAs(optionsSchema(), options, 'summary()');
  const all = whole.parameters();
  for (const { path, parameter } of all) {
    if (parameter.variable.isDisposed) {
      throw new SteadyformerError(`summary(): ${path} is disposed; give a model in use`);
    }
    parameter.checkUsable();
  }
  const rows = await summaryRows(whole);
  const stacks = Object.keys(whole.stacks()).map(
    (name) => [name, count(rows.filter(({ stack }) => stack === name))] as const,
  );
  const parameters = count(rows);
  const training = trainingRows(whole);
  const learning = new Set((trained ?? all).map(({ parameter }) => parameter));
  const learned = all.reduce((n, { parameter }) => n + (learning.has(parameter) ? parameter.size : 0), 0);
  return {
    rows,
    parameters,
    stacks: Object.fromEntries(stacks),
    trained: learned,
    bytes: 4 * parameters,
    trainingBytes: 4 * parameters + 12 * learned,
    weights: initialWeights(whole),
    ...(training.length > 0 ? { training } : {}),
  };
};

const count = (rows: readonly SummaryRow[]): number => rows.reduce((n, { parameters }) => n + parameters, 0);
