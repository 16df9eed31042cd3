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
  /** Gradient norm over the median of those watched before. Default 10. */
  readonly gradientSpike: number;
  /** |omega| over its value when watching began, below. Default 0.5. */
  readonly omegaDrift: number;
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
  });
