import { check, checkInteger, checkNumber, checkOptions } from '../checks/errors';
import { checkPositive, type Schedule } from './schedule';

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

/** peak t / W up to t = W, then floor + (peak - floor) left(p) with p = (t - W) / (T - W), then the floor. */
const decay = (
  name: string,
  { peak, total, warmup = 1, floor = 0 }: DecayOptions,
  left: (progress: number) => number,
): Schedule => {
  checkPositive(`${name} peak`, peak);
  checkInteger(`${name} warmup`, warmup);
  checkInteger(`${name} total`, total, warmup + 1);
  const range = `numbers from 0 to the peak ${peak}`;
  checkNumber(`${name} floor`, floor, range, (rate) => rate >= 0 && rate <= peak);
  return (update) => {
    if (update < warmup) return (peak * update) / warmup;
    return update < total ? floor + (peak - floor) * left((update - warmup) / (total - warmup)) : floor;
  };
};

const DECAY = ['peak', 'total', 'warmup', 'floor'];

/** Linear warm-up, then linear decay to the floor at `total`. */
export const linearDecay = (options: DecayOptions): Schedule => {
  checkOptions(options, DECAY, 'linearDecay()');
  return decay('linearDecay', options, (progress) => 1 - progress);
};

/**
 * Linear warm-up, then half a cosine down to the floor at `total` (Loshchilov & Hutter 2017, "SGDR", eq. 5, one
 * cycle): floor + (peak - floor) (1 + cos(pi p)) / 2.
 */
export const cosineDecay = (options: DecayOptions): Schedule => {
  checkOptions(options, DECAY, 'cosineDecay()');
  return decay('cosineDecay', options, (progress) => (1 + Math.cos(Math.PI * progress)) / 2);
};

export interface PolynomialDecayOptions extends DecayOptions {
  /** Default 1: linear. */
  readonly power?: number;
}

/**
 * Linear warm-up, then floor + (peak - floor) (1 - p)^power down to the floor at `total`: PyTorch's `PolynomialLR` with
 * total_iters = total - W, and the formula of fairseq's `polynomial_decay`, one update later there (see `Schedule`).
 */
export const polynomialDecay = (options: PolynomialDecayOptions): Schedule => {
  checkOptions(options, [...DECAY, 'power'], 'polynomialDecay()');
  const { power = 1 } = options;
  checkPositive('polynomialDecay power', power);
  return decay('polynomialDecay', options, (progress) => (1 - progress) ** power);
};

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
  checkOptions(options, ['peak', 'every', 'factor'], 'stepDecay()');
  const { every, factor = 0.1 } = options;
  const peak = checkPositive('stepDecay peak', options.peak);
  checkInteger('stepDecay every', every);
  checkPositive('stepDecay factor', factor);
  return (update) => peak * factor ** Math.floor((update - 1) / every);
};

export interface PiecewiseConstantOptions {
  /** The last update of each rate but the last; rising. */
  readonly boundaries: readonly number[];
  /** One more than boundaries. */
  readonly rates: readonly number[];
}

/** rates[i] from the update after boundaries[i - 1] up to boundaries[i]. */
export const piecewiseConstant = (options: PiecewiseConstantOptions): Schedule => {
  checkOptions(options, ['boundaries', 'rates'], 'piecewiseConstant()');
  const { boundaries, rates } = options;
  check(Array.isArray(boundaries), 'piecewiseConstant boundaries', boundaries, 'a list of updates');
  check(Array.isArray(rates), 'piecewiseConstant rates', rates, 'a list of rates');
  for (const [i, boundary] of boundaries.entries()) {
    checkInteger(`piecewiseConstant boundaries[${i}]`, boundary, (boundaries[i - 1] ?? 0) + 1);
  }
  for (const [i, rate] of rates.entries()) checkPositive(`piecewiseConstant rates[${i}]`, rate);
  const count = `${boundaries.length + 1} numbers, one more than boundaries`;
  check(rates.length === boundaries.length + 1, 'piecewiseConstant rates', rates, count);
  return (update) => rates[boundaries.filter((boundary) => boundary < update).length]!;
};
