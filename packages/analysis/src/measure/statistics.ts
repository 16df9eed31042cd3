import { confidenceFactor } from '../fit/studentT';

/** The mean of several runs. */
export interface Sampled {
  readonly mean: number;
  /** 95 % confidence interval of the mean; null with one run. */
  readonly interval: readonly [number, number] | null;
  readonly samples: readonly number[];
}

export const sampled = (samples: readonly number[]): Sampled => {
  const mean = samples.reduce((sum, x) => sum + x, 0) / samples.length;
  if (samples.length < 2) return { mean, interval: null, samples };
  const variance = samples.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (samples.length - 1);
  const half = confidenceFactor(samples.length - 1) * Math.sqrt(variance / samples.length);
  return { mean, interval: [mean - half, mean + half], samples };
};
