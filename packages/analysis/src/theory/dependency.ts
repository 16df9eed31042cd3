import { enteringOf, type Resolved } from './step';
import { combined } from './streamAlgebra';

/**
 * Layer dependency (Liu et al. 2020, section 4.1): row i - 1 holds beta_{i,j} for j = 0 .. i, with
 * x^_i = sum_j beta_{i,j} a^_j, both normalised, and j = 0 the stack's input. The squares of a row sum to 1. Of several
 * streams x_i is what would leave the stack behind residual i.
 */
export const dependencyMatrix = (resolved: Resolved): number[][] => {
  const { input, steps } = resolved;
  /** Weight of each a^_j in each stream. */
  let streams: number[][] = Array.from({ length: enteringOf(resolved) }, () => [Math.sqrt(input.variance)]);
  return steps.map(({ carry, write, variance, divisors, leave }) => {
    const before = streams;
    streams = carry.map((row, k) =>
      [...combined(row, before), write[k]! * Math.sqrt(variance)].map((weight) => weight / divisors[k]!),
    );
    return normalised(combined(leave, streams));
  });
};

const normalised = (row: readonly number[]): number[] => {
  const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
  return row.map((x) => (norm > 0 ? x / norm : 0));
};
