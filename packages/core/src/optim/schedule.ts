import { check, checkInteger, checkNumber, checkOptions } from '../errors';

/** A learning rate (or a factor of one) as a function of the update number, counted from 1. */
export type Schedule = (update: number) => number;

/** The product of factors: tensor2tensor's way to compose schedules. */
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

export const constant = (value: number): Schedule => {
  checkNumber('constant()', value);
  return () => value;
};

/** A factor that rises linearly to 1 over the first `updates` updates and stays there: min(1, t / W). */
export const linearWarmup = (updates: number): Schedule => {
  checkInteger('linearWarmup updates', updates);
  return (update) => Math.min(1, update / updates);
};

/**
 * The factor 1 / sqrt(max(t, W)). With a warm-up of as many updates and the width D it makes the schedule of Vaswani
 * et al. 2017, eq. 3: product(constant(D ** -0.5), linearWarmup(W), rsqrtDecay(W)).
 */
export const rsqrtDecay = (warmup: number): Schedule => {
  checkInteger('rsqrtDecay warmup', warmup);
  return (update) => 1 / Math.sqrt(Math.max(update, warmup));
};

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
  checkNumber('inverseSqrt start', start);
  checkInteger('inverseSqrt warmup', warmup);
  const peak = checkPositive('inverseSqrt peak', options.peak);
  return (update) =>
    update < warmup ? start + (update * (peak - start)) / warmup : peak * Math.sqrt(warmup / update);
};

/** Throws unless `value` is above zero. */
export const checkPositive = (what: string, value: number): number =>
  checkNumber(what, value, 'numbers > 0', (n) => n > 0);
