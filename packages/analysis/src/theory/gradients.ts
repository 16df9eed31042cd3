import type { Resolved } from './step';

/** Gradient norms of a stack, by theorem 1's accounting. */
export interface GradientNorms {
  /** |dx_i| / |dx_N| for i = 0 .. N. */
  readonly relative: readonly number[];
  /** |dx_{i-1}| / |dx_i| for i = 1 .. N. */
  readonly factors: readonly number[];
}

/**
 * Backward through the same records (Liu et al. 2020, theorem 1): dx_{i-1} is omega_i times the sum's gradient plus
 * what comes through the branch, which counts as uncorrelated and has g_i times its variance. So
 * |dx_{i-1}| / |dx_i| = sqrt((omega_i^2 + g_i) / (omega_i^2 + v_i)) behind a norm and sqrt(omega_i^2 + g_i) without.
 */
export const gradientNorms = ({ steps }: Resolved): GradientNorms => {
  let power = 1;
  /** Gradient that waits for the block's input: its power, and its product with the stream's gradient. */
  let waiting = 0;
  let product = 0;
  const powers = [1];
  for (const step of [...steps].reverse()) {
    const sum = power / step.divisor ** 2;
    const shared = product / step.divisor;
    if (step.extraShortcut) {
      waiting += 2 * shared + sum;
      product = step.omega * (shared + sum);
    } else {
      product = step.omega * shared;
    }
    power = (step.omega ** 2 + step.gradientGain) * sum;
    if (step.startsBlock) {
      power += 2 * product + waiting;
      waiting = 0;
      product = 0;
    }
    powers.push(power);
  }
  const relative = powers.reverse().map(Math.sqrt);
  return { relative, factors: steps.map((_, i) => relative[i]! / relative[i + 1]!) };
};
