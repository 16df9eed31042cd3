import type { WatchThresholds } from './thresholds';

/** One residual branch in training. */
export interface WatchedBranch {
  readonly path: string;
  /** Deviation of the branch over that of its scaled shortcut. */
  readonly ratio: number;
  /** beta_{i,i} of this step's batch, dropout and pads included. */
  readonly beta: number;
  /** Root mean square of omega. */
  readonly omega: number;
  /** omega over its first watched value, where it is trained. */
  readonly omegaDrift?: number;
}

/** What a watcher saw at an update. */
export interface WatchReport {
  readonly step: number;
  /** Those that ran: without the ones that stochastic depth skipped in this step. */
  readonly branches: readonly WatchedBranch[];
  /** |update| / |weight| of every weight matrix. */
  readonly updates: readonly { readonly path: string; readonly ratio: number }[];
  readonly gradientNorm?: number;
  /**
   * By stack: sum of beta_ii^2 C_i, C_i the branch's squared update ratios. What a step in random directions of this
   * size would change; a gradient's directions agree, and change more.
   */
  readonly outputChange: Readonly<Record<string, number>>;
  readonly warnings: readonly WatchWarning[];
}

/** One warning of a watcher. */
export interface WatchWarning {
  readonly kind: keyof WatchThresholds | 'notFinite';
  /** The parameter, sub-layer or stack; empty for the whole model. */
  readonly path: string;
  readonly value: number;
  /** What was seen and what to try. */
  readonly message: string;
}
