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

export const THRESHOLDS: WatchThresholds = {
  updateRatio: 0.02,
  branchRatio: 4,
  outputChange: 0.1,
  gradientSpike: 10,
  omegaDrift: 0.5,
};
