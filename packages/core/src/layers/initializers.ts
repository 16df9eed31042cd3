import { checkNumber } from '../checks/errors';
import type { RandomStream } from '../random/random';

/**
 * Factors on the standard deviation of a branch's weights against the default initialisation. Attention knows
 * query, key, value, output; feed-forward inner, outer; a branch ignores roles it does not have.
 */
export type InitGains = Readonly<Record<string, number>>;

/** Xavier-uniform numbers (Glorot and Bengio 2010): variance gain^2 * 2 / (fanIn + fanOut). */
export const xavierUniform = (
  random: RandomStream,
  count: number,
  fanIn: number,
  fanOut: number,
  gain = 1,
): Float32Array => {
  checkNumber('gain of the initial weights', gain);
  const bound = gain * Math.sqrt(6 / (fanIn + fanOut));
  return random.uniform(count, -bound, bound);
};

/** Multiplies columns [from, from + width) of a row-major [rows, columns] matrix by `factor`, in place. */
export const scaleColumns = (
  matrix: Float32Array,
  columns: number,
  from: number,
  width: number,
  factor = 1,
): void => {
  if (factor === 1) return;
  for (let row = 0; row < matrix.length; row += columns) {
    for (let j = row + from; j < row + from + width; j++) matrix[j] = matrix[j]! * factor;
  }
};
