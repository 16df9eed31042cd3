import type { Resolved } from './step';
import { between, divided, joined, outer, rowOf, transposed } from './streamAlgebra';

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
 * |dx_{i-1}| / |dx_i| = sqrt((omega_i^2 + g_i) / (omega_i^2 + v_i)) behind a norm and sqrt(omega_i^2 + g_i) without. Of
 * several streams, with G the covariance of their gradients, G' = B^T G B + g (c^T G c) a^T a; dx_i is that of the first
 * stream that residual i writes to, and dx_0 that of the input, which enters as every stream.
 */
export const gradientNorms = ({ steps }: Resolved): GradientNorms => {
  const last = steps.at(-1);
  if (!last) return { relative: [1], factors: [] };
  let gradient = outer(last.leave, last.carry.length, 1);
  const powers: number[] = [];
  for (const { read, carry, write, before, divisors, gradientGain } of [...steps].reverse()) {
    const seen = write.findIndex((weight) => weight !== 0);
    powers.push(gradient[seen]![seen]!);
    const sums = divided(gradient, divisors);
    const through = gradientGain * between(rowOf(write), sums);
    gradient = joined(transposed(carry, before), sums, { to: read, variance: through });
  }
  powers.push(gradient.flat().reduce((sum, value) => sum + value, 0));
  const [top] = powers;
  const relative = powers.reverse().map((power) => Math.sqrt(power / top!));
  return { relative, factors: steps.map((_, i) => relative[i]! / relative[i + 1]!) };
};
