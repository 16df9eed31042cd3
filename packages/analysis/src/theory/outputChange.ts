import type { Resolved } from './step';

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
 * variances, A_i = v_i C_i, so that branches of variance 0 are no special case, and with the block's input, whose
 * change is shared with the stream's, as a further term.
 *
 * @param inputChange D_0, relative to the input's variance.
 */
export const outputChangeAt = ({ input, steps }: Resolved, inputChange: number): ChangeAt[] => {
  let power = inputChange * input.variance;
  let block = power;
  /** The stream is `share` times the block's input plus independent parts. */
  let share = 1;
  let diagonalSum = 0;
  return steps.map((step, i) => {
    if (step.startsBlock) {
      block = power;
      share = 1;
    }
    const { omega, variance, sumVariance, divisor, inputPower } = step;
    const extra = step.extraShortcut ? 1 : 0;
    const relative = inputPower > 0 ? power / inputPower : 0;
    const changed =
      omega ** 2 * power + extra * (2 * omega * share + 1) * block + variance * relative + step.change;
    power = changed / divisor ** 2;
    share = (omega * share + extra) / divisor;
    diagonalSum += sumVariance > 0 ? variance / sumVariance : 0;
    return { depth: i + 1, change: sumVariance > 0 ? changed / sumVariance : 0, diagonalSum };
  });
};
