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

type Given = { readonly [Name in keyof WatchThresholds]?: number | undefined };

const threshold = (initial: number) =>
  v.optional(
    finite('numbers > 0', (value) => value > 0),
    initial,
  );

/** The thresholds, with their defaults. */
export const thresholdsSchema = (): v.GenericSchema<Given, WatchThresholds> =>
  fields({
    updateRatio: threshold(0.02),
    branchRatio: threshold(4),
    outputChange: threshold(0.1),
    gradientSpike: threshold(10),
    omegaDrift: threshold(0.5),
    tokenCorrelation: threshold(0.95),
    attentionEntropy: threshold(0.1),
    attentionLogit: threshold(50),
    stableRankDrift: threshold(0.3),
    kurtosis: threshold(30),
    outlierFeatures: threshold(10),
    spikeScore: threshold(0.02),
  });
