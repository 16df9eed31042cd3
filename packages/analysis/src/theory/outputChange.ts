import type { Perturbation } from './description';
import { passed } from './passing';
import { type ChangeAt, enteringOf, ownShare, type Resolved } from './step';
import { between, type Covariance, copies, divided, dot, joined, rowOf } from './streamAlgebra';

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
export const outputChangeAt = (resolved: Resolved, inputChange: number): ChangeAt[] =>
  changesOf(resolved, inputChange, false);

/**
 * Output change by one step of an optimizer, at every depth prefix: the coherent sum. Every branch moves against one and
 * the same gradient, which a shortcut hands down as it is, so that its own changes add up as vectors and not as
 * variances: with m their sum in every stream and P the covariance of all else,
 *
 *     m' = B m + c sqrt(A)     P' = B P B^T + c c^T v (a (P + m m^T) a^T) / (a S a^T)     D = l (P + m m^T) l^T / (l S l^T)
 *
 * where A is the mean square of a branch's own change (`ClosedMoments.aligned`) and what a branch makes of the changes
 * before it counts as without direction. Where that is wrong the prediction falls short: in Post-LN, whose gradients grow
 * towards its end, later branches amplify the very direction that they handed down.
 *
 * @param inputChange D_0, relative to the input's variance.
 */
export const alignedChangeAt = (resolved: Resolved, inputChange: number): ChangeAt[] =>
  changesOf(resolved, inputChange, true);

/** Both: branches' own changes, and the input's, have one direction, or none. */
const changesOf = (resolved: Resolved, inputChange: number, coherent: boolean): ChangeAt[] => {
  const { input, steps } = resolved;
  const n = enteringOf(resolved);
  const entered = inputChange * input.variance;
  /** m: what has one direction, by stream. */
  let mean = new Array<number>(n).fill(coherent ? Math.sqrt(entered) : 0);
  /** P: all else, and its covariance between two tokens. */
  let rest: Covariance = copies(n, coherent ? 0 : entered);
  let shared: Covariance = copies(n, coherent ? 0 : entered * (input.changeCorrelation ?? 0));
  let diagonalSum = 0;
  return steps.map((step, i) => {
    const { read, carry, write, passes, divisors, leave, leaveVariance } = step;
    const power = between(read, rest) + dot(read, mean) ** 2;
    // What has one direction is taken to have as much in common between tokens as the tokens themselves.
    const covariance = coherent ? power * step.inputCorrelation : between(read, shared);
    const added = passed(passes, { power, covariance });
    const to = rowOf(write);
    const behind = (before: Covariance, variance: number): Covariance =>
      divided(joined(carry, before, { to, variance }), divisors);
    rest = behind(rest, added.power + (coherent ? 0 : step.change));
    shared = behind(shared, added.covariance + step.changeTokens);
    const own = coherent ? Math.sqrt(step.change) : 0;
    mean = carry.map((row, k) => (dot(row, mean) + write[k]! * own) / divisors[k]!);
    diagonalSum += ownShare(step);
    const change = between(leave, rest) + dot(leave, mean) ** 2;
    return { depth: i + 1, change: leaveVariance > 0 ? change / leaveVariance : 0, diagonalSum };
  });
};
