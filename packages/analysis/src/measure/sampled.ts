import { mean, standardError } from '@steadyformer/core';
import { confidenceFactor } from '../fit/studentT';

/** The mean of several runs. */
export interface Sampled {
  readonly mean: number;
  /** 95 % confidence interval of the mean; null with one run. */
  readonly interval: readonly [number, number] | null;
  readonly samples: readonly number[];
}

/** Mean, standard error and 95 % confidence interval of samples. */
export const sampled = (samples: readonly number[]): Sampled => {
  const [centre, error] = [mean(samples), standardError(samples)];
  if (error === null) return { mean: centre, interval: null, samples };
  const half = confidenceFactor(samples.length - 1) * error;
  return { mean: centre, interval: [centre - half, centre + half], samples };
};
