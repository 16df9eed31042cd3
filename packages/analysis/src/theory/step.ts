import type { InputDescription } from './description';
import type { Row } from './streamAlgebra';

/** One residual with every quantity of the theory as a number. */
export interface Step {
  readonly path: string;
  /** omega_i. */
  readonly omega: number;
  /** v_i = Var[a_i]. */
  readonly variance: number;
  /** Variance of the change of a_i by the branch's own perturbed weights: v_i C_i. */
  readonly change: number;
  /** Backward variance gain of the branch with respect to what it reads, its scale and norms included. */
  readonly gradientGain: number;
  /** Second moment of what the branch reads, before its norm: Var[x_{i-1}], with the mean where no norm takes it. */
  readonly inputPower: number;
  /** Correlation of two tokens' vectors in what the branch reads. */
  readonly inputCorrelation: number;
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
