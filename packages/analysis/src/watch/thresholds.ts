import { fields, finite } from '@steadyformer/core';
import * as v from 'valibot';

/**
 * Where warnings begin. Each default with what the experiment `alarms` found of it on small networks: in how many of the healthy
 * ones it warned; in how many of those that a fault harmed, in how many before their loss left the healthy band, and by how
 * many updates, the median of those warned of. The defaults were set with these healthy networks in view, so that
 * no false alarm among them says little of other models.
 */
export interface WatchThresholds {
  /**
   * |update| / |weight| of a matrix in one step.
   * Default 0.02: 0 of 18 healthy, 13 of 28 harmed, 5 before, lead 0.
   */
  readonly updateRatio: number;
  /**
   * Deviation of a branch over that of its scaled shortcut.
   * Default 3: 0 of 18 healthy, 19 of 28 harmed, 10 before, lead 5.
   */
  readonly branchRatio: number;
  /**
   * Estimated output change of a step, variance per element.
   * Default 0.005: 0 of 18 healthy, 13 of 28 harmed, 5 before, lead 0.
   */
  readonly outputChange: number;
  /**
   * Gradient norm over the median of the last 128 steps.
   * Default 10: 0 of 18 healthy, 3 of 28 harmed, 1 before, lead -5.
   */
  readonly gradientSpike: number;
  /** |omega| over its value when watching began, below. Default 0.5: 0 of 18 healthy, 0 of 28 harmed, 0 before. */
  readonly omegaDrift: number;
  /**
   * Mean cosine of two tokens' vectors in the stream.
   * Default 0.98: 0 of 18 healthy, 2 of 28 harmed, 0 before, lead -40.
   */
  readonly tokenCorrelation: number;
  /**
   * Entropy of an attention over that of an even one, below.
   * Default 0.25: 0 of 18 healthy, 16 of 28 harmed, 8 before, lead 2.5.
   */
  readonly attentionEntropy: number;
  /** Largest logit of an attention. Default 40: 0 of 18 healthy, 15 of 28 harmed, 7 before, lead -5. */
  readonly attentionLogit: number;
  /**
   * Stable rank of a matrix over its value when watching began, below.
   * Default 0.2: 0 of 18 healthy, 13 of 28 harmed, 4 before, lead 0.
   */
  readonly stableRankDrift: number;
  /** Kurtosis of the stream's features over tokens. Default 10: 0 of 18 healthy, 0 of 28 harmed, 0 before. */
  readonly kurtosis: number;
  /** Kurtosis of the stream over its features. Default 20: 0 of 18 healthy, 2 of 28 harmed, 0 before, lead -2.5. */
  readonly outlierFeatures: number;
  /**
   * Share of steps whose loss or gradient norm leaps.
   * Default 0.02: 0 of 18 healthy, 2 of 28 harmed, 0 before, lead -27.5.
   */
  readonly spikeScore: number;
}

/** Where each warning begins by default, and on which side of it. */
export const WATCH_THRESHOLDS: Readonly<
  Record<keyof WatchThresholds, { readonly initial: number; readonly warns: 'above' | 'below' }>
> = {
  updateRatio: { initial: 0.02, warns: 'above' },
  branchRatio: { initial: 3, warns: 'above' },
  outputChange: { initial: 0.005, warns: 'above' },
  gradientSpike: { initial: 10, warns: 'above' },
  omegaDrift: { initial: 0.5, warns: 'below' },
  tokenCorrelation: { initial: 0.98, warns: 'above' },
  attentionEntropy: { initial: 0.25, warns: 'below' },
  attentionLogit: { initial: 40, warns: 'above' },
  stableRankDrift: { initial: 0.2, warns: 'below' },
  kurtosis: { initial: 10, warns: 'above' },
  outlierFeatures: { initial: 20, warns: 'above' },
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
