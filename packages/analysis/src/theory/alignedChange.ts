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
 *     m' = B m + c (a + sqrt(KEPT A))          s' = B s + c sqrt((1 - KEPT) A)
 *     P' = B P B^T + c c^T (f(P) + f(s^2) + f(m^2) - h + z)          D = (l m)^2 + (l s)^2 + l P l^T, by the variance
 *
 * a is such that shortcut and branch, of squares x and y in what leaves, make sqrt(x + y) of it: a step that comes by both
 * ways has but a part of its length on each. h is what the branch makes of a change with as much in common between tokens
 * as they have, but not more than it makes alike for all of them: gates that are open for one token are closed for another.
 * z is what J J^T g has beside g, as J stretches some directions more than others: (2 x y + k y^2) / (x + y) in what leaves,
 * for a branch of independent weights, k the variance of its squared singular values by their squared mean (`dispersion`). It
 * adds up over the branches behind, as that of products of free random matrices does (Pennington, Schoenholz and Ganguli
 * 2017), by which Post-LN's change grows like N^3 where tokens are alike.
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
    const joining = coherent.amplitude + Math.sqrt(KEPT) * own;
    along = carry.map((row, k) => (dot(row, along) + write[k]! * joining) / divisors[k]!);
    signs = carry.map((row, k) => (dot(row, signs) + write[k]! * Math.sqrt(1 - KEPT) * own) / divisors[k]!);
    diagonalSum += ownShare(step);
    const change = dot(leave, along) ** 2 + dot(leave, signs) ** 2 + between(leave, rest);
    return { depth: i + 1, change: leaveVariance > 0 ? change / leaveVariance : 0, diagonalSum };
  });
};

/** What a branch makes of a change along the gradient. */
interface Handed {
  /** What it adds to what comes by shortcuts: sqrt(x + y) - sqrt(x), by the branch's weight. */
  readonly amplitude: number;
  /** Without direction: f(m^2) - h + z. */
  readonly lost: number;
  /** Of two tokens. */
  readonly correlation: number;
}

const handed = (step: Step, along: readonly number[]): Handed => {
  const { read, passes, inputCorrelation, dispersion } = step;
  const square = dot(read, along) ** 2;
  const made = passed(passes, { power: square, covariance: square * inputCorrelation });
  const alike = passed(passes, { power: square, covariance: square }).covariance;
  const power = Math.max(0, Math.min(made.power, alike));
  const { shortcut, weight } = waysOf(step, along);
  const [x, y] = [shortcut ** 2, weight ** 2 * power];
  const gain = Math.sqrt(x + y) - Math.abs(shortcut);
  return {
    amplitude: weight === 0 ? Math.sqrt(power) : gain / Math.abs(weight),
    lost: made.power - power + (x + y > 0 ? (power * (2 * x + dispersion * y)) / (x + y) : 0),
    correlation: made.power > 0 ? made.covariance / made.power : 0,
  };
};

/** What comes by shortcuts, and how much the branch counts beside it: in what leaves, or else in the stream that it joins. */
const waysOf = (
  { carry, write, divisors, leave }: Step,
  along: readonly number[],
): { readonly shortcut: number; readonly weight: number } => {
  const by = (k: number, value: number): number => value / divisors[k]!;
  const shortcuts = carry.map((row, k) => by(k, dot(row, along)));
  const weights = write.map((value, k) => by(k, value));
  const weight = dot(leave, weights);
  if (weight !== 0) return { shortcut: dot(leave, shortcuts), weight };
  const joins = write.findIndex((value) => value !== 0);
  return joins < 0 ? { shortcut: 0, weight: 0 } : { shortcut: shortcuts[joins]!, weight: weights[joins]! };
};
