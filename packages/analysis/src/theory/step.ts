import type { Passing } from '@steadyformer/core';
import type { InputDescription } from './description';
import type { LogitMoments } from './logitMoments';
import { dot, type Row } from './streamAlgebra';

/** One residual with every quantity of the theory as a number. */
export interface Step {
  readonly path: string;
  /** omega_i. */
  readonly omega: number;
  /** v_i = Var[a_i]. */
  readonly variance: number;
  /** Variance of the change of a_i by the branch's own perturbed weights: v_i C_i. */
  readonly change: number;
  /** Covariance of two tokens' such changes. */
  readonly changeTokens: number;
  /** What the branch makes of a change of the stream that it reads. */
  readonly passes: Passing;
  /** Backward variance gain of the branch with respect to what it reads, its scale and norms included. */
  readonly gradientGain: number;
  /** Variance of the squared singular values of the branch's Jacobian, by their squared mean. */
  readonly dispersion: number;
  /** Correlation of two tokens' vectors in what the branch reads. */
  readonly inputCorrelation: number;
  /** Of an attention, where they are known. */
  readonly logits?: LogitMoments;
  /** Correlation of two tokens' vectors, about 0, in the stream that the branch joins, behind its norm. */
  readonly tokenCorrelation: number;
  /** Var[b_i] of the sum that the branch joins, before its norm. */
  readonly sumVariance: number;
  /** n, streams before it. */
  readonly before: number;
  /** a, with what norms on the way divide by. */
  readonly read: Row;
  /** B, a row for each stream behind; omega and norms on the way included, those of the sums not. */
  readonly carry: readonly Row[];
  /** c, [m]. */
  readonly write: readonly number[];
  /** What each sum is divided by: its deviation where a norm follows, else 1. [m] */
  readonly divisors: readonly number[];
  /** The weights by which the streams behind this residual would leave the stack. */
  readonly leave: Row;
  /** The variance of what would leave. */
  readonly leaveVariance: number;
  /** Mean correlation of two tokens' vectors in what would leave. */
  readonly leaveCorrelation: number;
}

export interface Resolved {
  readonly input: InputDescription;
  readonly steps: readonly Step[];
}

/** Copies of the input that enter the first residual. */
export const enteringOf = ({ steps }: Resolved): number => steps[0]?.before ?? 1;

/** beta_ii^2: the share of a branch in what would leave behind it. */
export const ownShare = ({ leave, leaveVariance, write, divisors, variance }: Step): number => {
  const weight = dot(
    leave,
    write.map((own, k) => own / divisors[k]!),
  );
  return leaveVariance > 0 ? (weight ** 2 * variance) / leaveVariance : 0;
};

/** The predicted output change after the first `depth` residual branches. */
export interface ChangeAt {
  /** N, residual branches. */
  readonly depth: number;
  /** D_N: variance per element of the change of the normalised output. */
  readonly change: number;
  /** sum of beta_ii^2 up to N. */
  readonly diagonalSum: number;
}
