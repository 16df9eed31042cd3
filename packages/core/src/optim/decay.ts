import * as v from 'valibot';
import { check, checkInteger, checkNumber } from '../checks/errors';
import { checkedBy, fields, parseAs, such } from '../checks/schema';
import { checkPositive, count, positive, type Schedule } from './schedule';

/** Options of `linearDecay` and `cosineDecay`. */
export interface DecayOptions {
  /** The rate of update W. */
  readonly peak: number;
  /** The update that reaches the floor, T. */
  readonly total: number;
  /** Updates of linear warm-up, W. Default 1: the first update has the peak. */
  readonly warmup?: number;
  /** The rate at `total` and ever after. Default 0. */
  readonly floor?: number;
}

/** The options of a decay, whose messages begin with its name. */
const entries = (name: string) => ({
  peak: positive(`${name} peak`),
  total: count(`${name} total`),
  warmup: v.optional(count(`${name} warmup`), 1),
  floor: v.optional(
    such<number>('a number', (floor) => typeof floor === 'number'),
    0,
  ),
});

/** peak t / W up to t = W, then floor + (peak - floor) left(p) with p = (t - W) / (T - W), then the floor. */
const decay = (
  name: string,
  { peak, total, warmup, floor }: Required<DecayOptions>,
  left: (progress: number) => number,
): Schedule => {
  checkInteger(`${name} total`, total, warmup + 1);
  const range = `numbers from 0 to the peak ${peak}`;
  checkNumber(`${name} floor`, floor, range, (rate) => rate >= 0 && rate <= peak);
  return (update) => {
    if (update < warmup) return (peak * update) / warmup;
    return update < total ? floor + (peak - floor) * left((update - warmup) / (total - warmup)) : floor;
  };
};

/** Linear warm-up, then linear decay to the floor at `total`. */
export const linearDecay = (options: DecayOptions): Schedule => {
  const given = parseAs(fields(entries('linearDecay')), options, 'linearDecay()');
  return decay('linearDecay', given, (progress) => 1 - progress);
};

/**
 * Linear warm-up, then half a cosine down to the floor at `total` (Loshchilov & Hutter 2017, "SGDR", eq. 5, one
 * cycle): floor + (peak - floor) (1 + cos(pi p)) / 2.
 */
export const cosineDecay = (options: DecayOptions): Schedule => {
  const given = parseAs(fields(entries('cosineDecay')), options, 'cosineDecay()');
  return decay('cosineDecay', given, (progress) => (1 + Math.cos(Math.PI * progress)) / 2);
};

/** Options of `polynomialDecay`. */
export interface PolynomialDecayOptions extends DecayOptions {
  /** Default 1: linear. */
  readonly power?: number;
}

/**
 * Linear warm-up, then floor + (peak - floor) (1 - p)^power down to the floor at `total`: PyTorch's `PolynomialLR` with
 * total_iters = total - W, and the formula of fairseq's `polynomial_decay`, one update later there (see `Schedule`).
 */
export const polynomialDecay = (options: PolynomialDecayOptions): Schedule => {
  const name = 'polynomialDecay';
  const schema = fields({ ...entries(name), power: v.optional(positive(`${name} power`), 1) });
  const { power, ...given } = parseAs(schema, options, `${name}()`);
  return decay(name, given, (progress) => (1 - progress) ** power);
};

/** Options of `stepDecay`. */
export interface StepDecayOptions {
  /** The rate of the first updates. */
  readonly peak: number;
  /** Updates between two drops. */
  readonly every: number;
  /** What a drop multiplies the rate by. Default 0.1. */
  readonly factor?: number;
}

/** peak factor^floor((t - 1) / every): `every` updates at each rate. Multiply by `linearWarmup` for a warm-up. */
export const stepDecay = (options: StepDecayOptions): Schedule => {
  const schema = fields({
    peak: positive('stepDecay peak'),
    every: count('stepDecay every'),
    factor: v.optional(positive('stepDecay factor'), 0.1),
  });
  const { peak, every, factor } = parseAs(schema, options, 'stepDecay()');
  return (update) => peak * factor ** Math.floor((update - 1) / every);
};

/** Options of `piecewiseConstant`. */
export interface PiecewiseConstantOptions {
  /** The last update of each rate but the last; rising. */
  readonly boundaries: readonly number[];
  /** One more than boundaries. */
  readonly rates: readonly number[];
}

/**
 * rates[i] from the update after boundaries[i - 1] up to boundaries[i].
 *
 * @throws SteadyformerError on boundaries that do not rise, or not one value more than boundaries
 */
export const piecewiseConstant = (options: PiecewiseConstantOptions): Schedule => {
  type Check = (what: string, value: number, before: number) => unknown;
  const list = (what: string, allowed: string, checkOne: Check): v.CustomSchema<readonly number[], string> =>
    checkedBy((values) => {
      check(Array.isArray(values), what, values, allowed);
      for (const [i, value] of values.entries()) checkOne(`${what}[${i}]`, value, values[i - 1] ?? 0);
    });
  const schema = fields({
    boundaries: list('piecewiseConstant boundaries', 'a list of updates', (what, value, before) =>
      checkInteger(what, value, before + 1),
    ),
    rates: list('piecewiseConstant rates', 'a list of rates', checkPositive),
  });
  const { boundaries, rates } = parseAs(schema, options, 'piecewiseConstant()');
  const wanted = `${boundaries.length + 1} numbers, one more than boundaries`;
  check(rates.length === boundaries.length + 1, 'piecewiseConstant rates', rates, wanted);
  return (update) => rates[boundaries.filter((boundary) => boundary < update).length]!;
};
