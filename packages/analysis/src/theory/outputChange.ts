import { alignedChangeAt } from './alignedChange';
import type { Perturbation } from './description';
import { passed } from './passing';
import { type ChangeAt, enteringOf, ownShare, type Resolved } from './step';
import { between, type Covariance, copies, divided, joined, rowOf } from './streamAlgebra';

/** D at every depth prefix by the theory of the perturbation's kind. */
export const changeAt = (resolved: Resolved, inputChange: number, { kind }: Perturbation): ChangeAt[] =>
  (kind === 'aligned' ? alignedChangeAt : outputChangeAt)(resolved, inputChange);

/**
 * Output change at every depth prefix (Liu et al. 2020, theorem 2): a normalised branch passes its input's change
 * on and adds C_i of its own, so D_i = (1 - beta_ii^2) D_{i-1} + beta_ii^2 (D_{i-1} + C_i). Written for absolute
 * variances, A_i = v_i C_i, so that branches of variance 0 are no special case, and for streams: with P the covariance of
 * their changes, P' = B P B^T + c c^T (v (a P a^T) / (a S a^T) + A), where what a branch makes of a change counts as
 * uncorrelated with the change.
 *
 * @param inputChange D_0, relative to the input's variance.
 */
export const outputChangeAt = (resolved: Resolved, inputChange: number): ChangeAt[] => {
  const { input, steps } = resolved;
  const n = enteringOf(resolved);
  const entered = inputChange * input.variance;
  /** P, and the same between two tokens. */
  let changes: Covariance = copies(n, entered);
  let shared: Covariance = copies(n, entered * (input.changeCorrelation ?? 0));
  let diagonalSum = 0;
  return steps.map((step, i) => {
    const { read, carry, write, passes, divisors, leave, leaveVariance } = step;
    const added = passed(passes, { power: between(read, changes), covariance: between(read, shared) });
    const to = rowOf(write);
    const behind = (before: Covariance, variance: number): Covariance =>
      divided(joined(carry, before, { to, variance }), divisors);
    changes = behind(changes, added.power + step.change);
    shared = behind(shared, added.covariance + step.changeTokens);
    diagonalSum += ownShare(step);
    const change = between(leave, changes);
    return { depth: i + 1, change: leaveVariance > 0 ? change / leaveVariance : 0, diagonalSum };
  });
};
