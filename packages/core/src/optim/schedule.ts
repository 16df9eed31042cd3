import * as v from 'valibot';
import { check, checkInteger, checkNumber } from '../checks/errors';
import { checkedBy, fields, parseAs } from '../checks/schema';

/**
 * A learning rate (or a factor of one) as a function of the update number t, counted from 1: update t is made with
 * the rate at t. fairseq counts from 0: its update t has what its formula gives at t - 1, so that the rates of one of
 * its runs are those of `(update) => schedule(update - 1)`.
 */
export type Schedule = (update: number) => number;

/**
 * The product of factors: tensor2tensor's way to compose schedules.
 *
 * @throws SteadyformerError on what is no schedule
 */
export const product = (...factors: readonly Schedule[]): Schedule => {
  for (const factor of factors) {
    const next = typeof factor === 'number' ? `Write constant(${factor}).` : undefined;
    check(
      typeof factor === 'function',
      'factor of product()',
      factor,
      'functions of the update number',
      next,
    );
  }
  return (update) => factors.reduce((rate, factor) => rate * factor(update), 1);
};

/**
 * The same value at every update.
 *
 * @throws SteadyformerError on what is no finite number
 */
export const constant = (value: number): Schedule => {
  checkNumber('constant()', value);
  return () => value;
};

/**
 * A factor that rises linearly to 1 over the first `updates` updates and stays there: min(1, t / W). Update W has 1.
 *
 * @throws SteadyformerError on what is no whole number of updates
 */
export const linearWarmup = (updates: number): Schedule => {
  checkInteger('linearWarmup updates', updates);
  return (update) => Math.min(1, update / updates);
};

/**
 * The factor 1 / sqrt(max(t, W)). With a warm-up of as many updates and the width D it makes the schedule of Vaswani
 * et al. 2017, eq. 3: product(constant(D ** -0.5), linearWarmup(W), rsqrtDecay(W)).
 *
 * @throws SteadyformerError on what is no whole number of updates
 */
export const rsqrtDecay = (warmup: number): Schedule => {
  checkInteger('rsqrtDecay warmup', warmup);
  return (update) => 1 / Math.sqrt(Math.max(update, warmup));
};

/** Options of `inverseSqrt`. */
export interface InverseSqrtOptions {
  /** The rate of update W. */
  readonly peak: number;
  /** Updates of linear warm-up, W. */
  readonly warmup: number;
  /** Where the line begins, at t = 0: one step below the first update's rate. Default 1e-7, as in the authors' recipes. */
  readonly start?: number;
}

/**
 * Linear warm-up, then decay with the inverse square root (Vaswani et al. 2017, section 5.3):
 * start + t (peak - start) / W up to t = W, then peak sqrt(W / t). The formula is fairseq's `inverse_sqrt`, whose
 * first update has the rate `start`: one update later than here, as all its schedules are (see `Schedule`).
 */
export const inverseSqrt = (options: InverseSqrtOptions): Schedule => {
  const schema = fields({
    peak: positive('inverseSqrt peak'),
    warmup: count('inverseSqrt warmup'),
    start: v.optional(rate('inverseSqrt start'), 1e-7),
  });
  const { peak, warmup, start } = parseAs(schema, options, 'inverseSqrt()');
  return (update) =>
    update < warmup ? start + (update * (peak - start)) / warmup : peak * Math.sqrt(warmup / update);
};

/** Throws unless `value` is above zero. */
export const checkPositive = (what: string, value: number): number =>
  checkNumber(what, value, 'numbers > 0', (n) => n > 0);

type NumberSchema = v.CustomSchema<number, string>;

/** Numbers above zero; `what` names one in the error. */
export const positive = (what: string): NumberSchema => checkedBy((value) => checkPositive(what, value));

/** Whole numbers above zero, such as of updates. */
export const count = (what: string): NumberSchema => checkedBy((value) => checkInteger(what, value));

const rate = (what: string): NumberSchema =>
  checkedBy((value) => checkNumber(what, value, 'numbers >= 0', (n) => n >= 0));
