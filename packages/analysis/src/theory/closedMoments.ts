import type { BranchMoments } from '@steadyformer/core';
import type { LogitMoments } from './logitMoments';

/** Moments of a branch of a known form. */
export interface ClosedMoments extends Required<BranchMoments> {
  /** Mean square of the change of f, the same for all tokens, where every weight moves by 1 against its gradient's sign. */
  readonly aligned: number;
  /**
   * Variance of the squared singular values of the Jacobian, by their squared mean: 1 of a square matrix of independent
   * entries, 1 + D / h of two in a row with h features between them that let changes pass.
   */
  readonly dispersion: number;
  /** Covariance of two tokens of two sentences. */
  readonly apart: number;
  /** Of an attention, where products of queries and keys are all that they are made of. */
  readonly logits?: LogitMoments;
}
