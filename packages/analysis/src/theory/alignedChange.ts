import { KEPT } from './coherence';
import { passed } from './passing';
import { type ChangeAt, enteringOf, ownShare, type Resolved, type Step } from './step';
import { between, type Covariance, copies, divided, dot, joined, rowOf } from './streamAlgebra';

/**
 * Output change by one step of an optimizer, at every depth prefix: the coherent sum. Every branch moves against one and
 * the same gradient g, so that changes add up as vectors and not as variances. Branch i moves along the signs of J^T g, with J
 * what stands behind it. Of such a step KEPT = 2/pi of the square lies along J^T g, of which the output sees J J^T g, with
 * |J^T g| along g again, through shortcuts and branches alike: a branch hands down the direction that it then passes on. What
 * is left of the signs keeps its direction on shortcuts alone. With m and s the sums of the two, A the mean square of a
 * branch's own change, h what the branch makes of m, and P the covariance of all else,
 *
 *     m' = sqrt((B m)^2 + c^2 h) + c sqrt(KEPT A)          s' = B s + c sqrt((1 - KEPT) A)
 *     P' = B P B^T + c c^T (f(P) + f(s^2) + f(m^2) - h + z)          D = (l m)^2 + (l s)^2 + l P l^T, by the variance
 *
 * h is what the branch makes of a change with as much in common between tokens as they have, but not more than it makes
 * alike for all of them: gates that are open for one token are closed for another. z is what J J^T g has beside g, as J
 * stretches some directions more than others: with x and y the squares that come by shortcut and branch,
 * z = (2 x y + k y^2) / (x + y) for a branch of independent weights, k the variance of its squared singular values by their
 * squared mean (`dispersion`). It adds up over the branches behind, as that of products of free random matrices
 * does (Pennington, Schoenholz and Ganguli 2017), by which Post-LN's change grows like N^3 where tokens are alike.
 *
 * @param inputChange D_0, relative to the input's variance.
 */
export const alignedChangeAt = (resolved: Resolved, inputChange: number): ChangeAt[] => {
  const { input, steps } = resolved;
  const n = enteringOf(resolved);
  const entered = Math.sqrt(inputChange * input.variance);
  let along = new Array<number>(n).fill(Math.sqrt(KEPT) * entered);
  let signs = new Array<number>(n).fill(Math.sqrt(1 - KEPT) * entered);
  /** P, and the same between two tokens. */
  let rest: Covariance = copies(n, 0);
  let shared: Covariance = copies(n, 0);
  let diagonalSum = 0;
  return steps.map((step, i) => {
    const { read, carry, write, passes, divisors, leave, leaveVariance, inputCorrelation } = step;
    const coherent = handed(step, along);
    const stray = dot(read, signs) ** 2;
    const scattered = passed(passes, {
      power: between(read, rest) + stray,
      covariance: between(read, shared) + stray * inputCorrelation,
    });
    const to = rowOf(write);
    const behind = (before: Covariance, variance: number): Covariance =>
      divided(joined(carry, before, { to, variance }), divisors);
    rest = behind(rest, scattered.power + coherent.lost);
    shared = behind(shared, scattered.covariance + coherent.lost * coherent.correlation);
    const own = Math.sqrt(step.change);
    along = carry.map((row, k) => {
      const shortcut = dot(row, along);
      const sum = Math.sqrt(shortcut ** 2 + write[k]! ** 2 * coherent.power);
      const direction = Math.sign(shortcut) || Math.sign(write[k]!);
      return (direction * sum + write[k]! * Math.sqrt(KEPT) * own) / divisors[k]!;
    });
    signs = carry.map((row, k) => (dot(row, signs) + write[k]! * Math.sqrt(1 - KEPT) * own) / divisors[k]!);
    diagonalSum += ownShare(step);
    const change = dot(leave, along) ** 2 + dot(leave, signs) ** 2 + between(leave, rest);
    return { depth: i + 1, change: leaveVariance > 0 ? change / leaveVariance : 0, diagonalSum };
  });
};

/** What a branch makes of a change along the gradient. */
interface Handed {
  /** h: along the gradient again. */
  readonly power: number;
  /** Without direction: f(m^2) - h + z. */
  readonly lost: number;
  /** Of two tokens. */
  readonly correlation: number;
}

const handed = (
  { read, carry, write, passes, inputCorrelation, dispersion }: Step,
  along: readonly number[],
): Handed => {
  const square = dot(read, along) ** 2;
  const made = passed(passes, { power: square, covariance: square * inputCorrelation });
  const alike = passed(passes, { power: square, covariance: square }).covariance;
  const power = Math.max(0, Math.min(made.power, alike));
  // Of several streams, in the first that the branch joins.
  const joins = write.findIndex((weight) => weight !== 0);
  const weight = joins < 0 ? 0 : write[joins]! ** 2;
  const shortcut = joins < 0 ? 0 : dot(carry[joins]!, along) ** 2;
  const both = shortcut + weight * power;
  const beside = both > 0 ? (power * (2 * shortcut + dispersion * weight * power)) / both : 0;
  return {
    power,
    lost: made.power - power + beside,
    correlation: made.power > 0 ? made.covariance / made.power : 0,
  };
};
