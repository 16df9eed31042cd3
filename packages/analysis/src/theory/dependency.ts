import type { Resolved } from './step';

/**
 * Layer dependency (Liu et al. 2020, section 4.1): row i - 1 holds beta_{i,j} for j = 0 .. i, with
 * x^_i = sum_j beta_{i,j} a^_j, both normalised, and j = 0 the stack's input. The squares of a row sum to 1.
 */
export const dependencyMatrix = ({ input, steps }: Resolved): number[][] => {
  /** Weight of each a^_j in the stream, and in the block's input. */
  let stream = [Math.sqrt(input.variance)];
  let block = stream;
  return steps.map(({ omega, variance, divisor, extraShortcut, startsBlock }) => {
    if (startsBlock) block = stream;
    const shared = stream.map((weight, j) => omega * weight + (extraShortcut ? (block[j] ?? 0) : 0));
    stream = [...shared, Math.sqrt(variance)].map((weight) => weight / divisor);
    return normalised(stream);
  });
};

const normalised = (row: readonly number[]): number[] => {
  const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
  return row.map((x) => (norm > 0 ? x / norm : 0));
};
