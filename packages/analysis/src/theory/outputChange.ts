import { enteringOf, type Resolved } from './step';
import { between, congruence, copies, divided, dot, outer, rowOf, sumOf } from './streamAlgebra';

/** The predicted output change after the first `depth` residual branches. */
export interface ChangeAt {
  /** N, residual branches. */
  readonly depth: number;
  /** D_N: variance per element of the change of the normalised output. */
  readonly change: number;
  /** sum of beta_ii^2 up to N. */
  readonly diagonalSum: number;
}

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
  let power = copies(enteringOf(resolved), inputChange * input.variance);
  let diagonalSum = 0;
  return steps.map((step, i) => {
    const { read, carry, write, variance, divisors, inputPower, leave, leaveVariance } = step;
    const relative = inputPower > 0 ? between(read, power) / inputPower : 0;
    const sums = sumOf(
      congruence(carry, power),
      outer(rowOf(write), write.length, variance * relative + step.change),
    );
    power = divided(sums, divisors);
    const own =
      dot(
        leave,
        write.map((weight, k) => weight / divisors[k]!),
      ) **
        2 *
      variance;
    diagonalSum += leaveVariance > 0 ? own / leaveVariance : 0;
    return {
      depth: i + 1,
      change: leaveVariance > 0 ? between(leave, power) / leaveVariance : 0,
      diagonalSum,
    };
  });
};
