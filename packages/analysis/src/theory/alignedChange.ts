import { type ChangeAt, enteringOf, ownShare, type Resolved } from './step';
import { between, congruence, copies, divided, dot, outer, rowOf, sumOf } from './streamAlgebra';

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
export const alignedChangeAt = (resolved: Resolved, inputChange: number): ChangeAt[] => {
  const { input, steps } = resolved;
  const n = enteringOf(resolved);
  let mean = new Array<number>(n).fill(Math.sqrt(inputChange * input.variance));
  let rest = copies(n, 0);
  let diagonalSum = 0;
  return steps.map((step, i) => {
    const { read, carry, write, variance, divisors, inputPower, leave, leaveVariance } = step;
    const seen = between(read, rest) + dot(read, mean) ** 2;
    const through = inputPower > 0 ? (variance * seen) / inputPower : 0;
    rest = divided(sumOf(congruence(carry, rest), outer(rowOf(write), write.length, through)), divisors);
    mean = carry.map((row, k) => (dot(row, mean) + write[k]! * Math.sqrt(step.change)) / divisors[k]!);
    diagonalSum += ownShare(step);
    const change = between(leave, rest) + dot(leave, mean) ** 2;
    return { depth: i + 1, change: leaveVariance > 0 ? change / leaveVariance : 0, diagonalSum };
  });
};
