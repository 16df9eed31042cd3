import { checkInteger, checkOptions, invalidArgument } from '../errors';

/** A learning rate (or a factor of one) as a function of the update number, counted from 1. */
export type Schedule = (update: number) => number;

/** The product of factors: tensor2tensor's way to compose schedules. */
export const product =
  (...factors: readonly Schedule[]): Schedule =>
  (update) =>
    factors.reduce((rate, factor) => rate * factor(update), 1);

export const constant =
  (value: number): Schedule =>
  () =>
    value;

export interface InverseSqrtOptions {
  /** The rate reached at the end of the warm-up. */
  readonly peak: number;
  /** Updates of linear warm-up, W. */
  readonly warmup: number;
  /** The rate before the first update. Default 1e-7, as in the authors' recipes. */
  readonly start?: number;
}

/**
 * Linear warm-up, then decay with the inverse square root (Vaswani et al. 2017, section 5.3, in fairseq's form):
 * start + t (peak - start) / W up to t = W, then peak sqrt(W / t).
 */
export const inverseSqrt = (options: InverseSqrtOptions): Schedule => {
  checkOptions(options, ['peak', 'warmup', 'start'], 'inverseSqrt()');
  const { warmup, start = 1e-7 } = options;
  checkInteger('inverseSqrt warmup', warmup);
  const peak = checkPeak('inverseSqrt peak', options.peak);
  return (update) =>
    update < warmup ? start + (update * (peak - start)) / warmup : peak * Math.sqrt(warmup / update);
};

export interface LinearDecayOptions {
  readonly peak: number;
  /** Updates until the rate is zero, T. */
  readonly total: number;
  /** Updates of linear warm-up. Default 1. */
  readonly warmup?: number;
}

/** Linear warm-up, then linear decay to zero at `total`; zero from there on. */
export const linearDecay = (options: LinearDecayOptions): Schedule => {
  checkOptions(options, ['peak', 'total', 'warmup'], 'linearDecay()');
  const { total, warmup = 1 } = options;
  const peak = checkPeak('linearDecay peak', options.peak);
  checkInteger('linearDecay warmup', warmup);
  checkInteger('linearDecay total', total, warmup + 1);
  return (update) =>
    update < warmup ? (peak * update) / warmup : Math.max(0, (peak * (total - update)) / (total - warmup));
};

const checkPeak = (what: string, peak: number): number => {
  if (peak > 0) return peak;
  throw invalidArgument({ what, received: peak, allowed: 'numbers > 0' });
};
