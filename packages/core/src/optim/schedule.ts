import { checkInteger, invalidArgument } from '../errors';

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
export const inverseSqrt = ({ peak, warmup, start = 1e-7 }: InverseSqrtOptions): Schedule => {
  checkInteger('inverseSqrt warmup', warmup);
  if (!(peak > 0)) throw invalidArgument({ what: 'inverseSqrt peak', received: peak, allowed: '> 0' });
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
export const linearDecay = ({ peak, total, warmup = 1 }: LinearDecayOptions): Schedule => {
  checkInteger('linearDecay warmup', warmup);
  checkInteger('linearDecay total', total, warmup + 1);
  return (update) =>
    update < warmup ? (peak * update) / warmup : Math.max(0, (peak * (total - update)) / (total - warmup));
};
