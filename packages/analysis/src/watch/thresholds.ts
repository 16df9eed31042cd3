import { fields, finite } from '@steadyformer/core';
import * as v from 'valibot';

/** Where warnings begin. */
export interface WatchThresholds {
  /** |update| / |weight| of a matrix in one step. Default 0.02. */
  readonly updateRatio: number;
  /** Deviation of a branch over that of its scaled shortcut. Default 4. */
  readonly branchRatio: number;
  /** Estimated output change of a step, variance per element. Default 0.1. */
  readonly outputChange: number;
  /** Gradient norm over the median of the last 128 steps. Default 10. */
  readonly gradientSpike: number;
  /** |omega| over its value when watching began, below. Default 0.5. */
  readonly omegaDrift: number;
  /** Mean cosine of two tokens' vectors in the stream. Default 0.95. */
  readonly tokenCorrelation: number;
  /** Entropy of an attention over that of an even one, below. Default 0.1. */
  readonly attentionEntropy: number;
  /** Largest logit of an attention. Default 50. */
  readonly attentionLogit: number;
  /** Stable rank of a matrix over its value when watching began, below. Default 0.3. */
  readonly stableRankDrift: number;
  /** Kurtosis of the stream's features over tokens. Default 30. */
  readonly kurtosis: number;
  /** Kurtosis of the stream over its features. Default 10. */
  readonly outlierFeatures: number;
  /** Share of steps whose loss or gradient norm leaps. Default 0.02. */
  readonly spikeScore: number;
}

/** Where each warning begins by default, and on which side of it. */
export const WATCH_THRESHOLDS: Readonly<
  Record<keyof WatchThresholds, { readonly initial: number; readonly warns: 'above' | 'below' }>
> = {
  updateRatio: { initial: 0.02, warns: 'above' },
  branchRatio: { initial: 4, warns: 'above' },
  outputChange: { initial: 0.1, warns: 'above' },
  gradientSpike: { initial: 10, warns: 'above' },
  omegaDrift: { initial: 0.5, warns: 'below' },
  tokenCorrelation: { initial: 0.95, warns: 'above' },
  attentionEntropy: { initial: 0.1, warns: 'below' },
  attentionLogit: { initial: 50, warns: 'above' },
  stableRankDrift: { initial: 0.3, warns: 'below' },
  kurtosis: { initial: 30, warns: 'above' },
  outlierFeatures: { initial: 10, warns: 'above' },
  spikeScore: { initial: 0.02, warns: 'above' },
};

type Given = { readonly [Name in keyof WatchThresholds]?: number | undefined };

const threshold = (name: keyof WatchThresholds) =>
  v.optional(
    finite('numbers > 0', (value) => value > 0),
    WATCH_THRESHOLDS[name].initial,
  );

/** The thresholds, with their defaults. */
export const thresholdsSchema = (): v.GenericSchema<Given, WatchThresholds> =>
  fields({
    updateRatio: threshold('updateRatio'),
    branchRatio: threshold('branchRatio'),
    outputChange: threshold('outputChange'),
    gradientSpike: threshold('gradientSpike'),
    omegaDrift: threshold('omegaDrift'),
    tokenCorrelation: threshold('tokenCorrelation'),
    attentionEntropy: threshold('attentionEntropy'),
    attentionLogit: threshold('attentionLogit'),
    stableRankDrift: threshold('stableRankDrift'),
    kurtosis: threshold('kurtosis'),
    outlierFeatures: threshold('outlierFeatures'),
    spikeScore: threshold('spikeScore'),
  });
