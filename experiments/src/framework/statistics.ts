import { type Sampled, sampled } from '@steadyformer/analysis';
import type { Word } from './item';

/** Numbers above and below bounds, where there are any. */
export interface Range {
  readonly above?: number;
  readonly below?: number;
}

const inside = (x: number, { above = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY }: Range) =>
  x > above && x < below;

/** Runs that a claim about means needs. */
const ENOUGH = 3;

/**
 * Whether the 95 % interval of a mean lies within what a claim says, or within what refutes it. With fewer than 3 runs
 * nothing can be told.
 */
export const judge = (samples: readonly number[], claim: Range, refuted: Range): Word => {
  if (samples.length < ENOUGH) return 'cannot tell';
  const { interval } = sampled(samples);
  if (interval === null) return 'cannot tell';
  const all = (range: Range): boolean => interval.every((end) => inside(end, range));
  if (all(claim)) return 'agrees';
  return all(refuted) ? 'disagrees' : 'cannot tell';
};

const digits = (x: number): string => {
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return x.toExponential(1);
  return String(Number(x.toPrecision(3)));
};

/** A mean with its 95 % interval, such as `0.31 (0.28 to 0.34, 3 runs)`. */
export const shown = (samples: readonly number[]): string => {
  const { mean, interval }: Sampled = sampled(samples);
  if (interval === null) return `${digits(mean)} (1 run)`;
  return `${digits(mean)} (${digits(interval[0])} to ${digits(interval[1])}, ${samples.length} runs)`;
};

export const meanOf = (samples: readonly number[]): number => sampled(samples).mean;

/** The middle of the values, or the mean of the two in the middle. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
};

export { digits };
