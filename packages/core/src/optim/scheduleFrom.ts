import * as v from 'valibot';
import { entryOf } from '../checks/errors';
import { anyRecord, at, fields, parseAs, such, text } from '../checks/schema';
import {
  cosineDecay,
  type DecayOptions,
  linearDecay,
  type PiecewiseConstantOptions,
  type PolynomialDecayOptions,
  piecewiseConstant,
  polynomialDecay,
  type StepDecayOptions,
  stepDecay,
} from './decay';
import {
  constant,
  type InverseSqrtOptions,
  inverseSqrt,
  linearWarmup,
  product,
  rsqrtDecay,
  type Schedule,
} from './schedule';

/** One factor of a learning rate as a config holds it. */
export interface FactorConfig {
  readonly name: string;
  /** Those of the function of this name; `{ value }` of constant, `{ updates }` of linearWarmup, `{ warmup }` of rsqrtDecay. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A schedule as a config holds it: one, or the product of several. */
export type ScheduleConfig = FactorConfig | readonly FactorConfig[];

/** The one number of a schedule that takes no record. Its range is for the schedule to check. */
const only = (name: string, key: string, options: object): number =>
  (
    parseAs(
      fields({ [key]: such<number>('a number', (value) => typeof value === 'number') }),
      options,
      `${name}()`,
    ) as Readonly<Record<string, number>>
  )[key]!;

const factors: Readonly<Record<string, (options: object) => Schedule>> = {
  constant: (options) => constant(only('constant', 'value', options)),
  linearWarmup: (options) => linearWarmup(only('linearWarmup', 'updates', options)),
  rsqrtDecay: (options) => rsqrtDecay(only('rsqrtDecay', 'warmup', options)),
  inverseSqrt: (options) => inverseSqrt(options as InverseSqrtOptions),
  linearDecay: (options) => linearDecay(options as DecayOptions),
  cosineDecay: (options) => cosineDecay(options as DecayOptions),
  polynomialDecay: (options) => polynomialDecay(options as PolynomialDecayOptions),
  stepDecay: (options) => stepDecay(options as StepDecayOptions),
  piecewiseConstant: (options) => piecewiseConstant(options as PiecewiseConstantOptions),
};

const factorFrom = (config: FactorConfig, where: string): Schedule => {
  const schema = fields({ name: text(), options: v.optional(anyRecord(), {}) });
  const { name, options } = parseAs(schema, config, where);
  return entryOf(factors, name, 'schedule')(options);
};

/**
 * The schedule a config names: `{ name: 'inverseSqrt', options: { peak, warmup } }`, or a list whose product it is.
 *
 * @throws SteadyformerError on an unknown name, naming the nearest, and on options that the schedule refuses
 */
export const scheduleFrom = (config: ScheduleConfig): Schedule => {
  if (!Array.isArray(config)) return factorFrom(config as FactorConfig, 'scheduleFrom()');
  const some = such<readonly FactorConfig[]>('a list of at least one factor', () => config.length > 0);
  parseAs(some, config, 'scheduleFrom()');
  return product(...config.map((factor, i) => factorFrom(factor, at('scheduleFrom()', i))));
};
