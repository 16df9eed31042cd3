import type * as tf from '@tensorflow/tfjs';
import { checkNumber } from '../checks/errors';
import type { RandomStream } from '../random/random';
import { initialValues, type NormalInitial, type UniformInitial } from '../state/initial';
import { matrixParameter, type Parameter } from '../state/module';

/**
 * Factors on the standard deviation of a branch's weights against the default initialisation. Attention knows
 * query, key, value, output; feed-forward inner, outer; a branch ignores roles it does not have.
 */
export type InitGains = Readonly<Record<string, number>>;

/** Xavier-uniform (Glorot and Bengio 2010): variance gain^2 * 2 / (fanIn + fanOut). */
export const xavier = (fanIn: number, fanOut: number, gain = 1): UniformInitial => {
  checkNumber('gain of the initial weights', gain);
  return { kind: 'xavier', bound: gain * Math.sqrt(6 / (fanIn + fanOut)), gain };
};

/** Numbers as `initial` says. */
export const uniform = (random: RandomStream, count: number, { bound }: UniformInitial): Float32Array =>
  initialValues(count, () => random.uniform(count, -bound, bound));

/** A table [rows, columns] from N(0, deviation^2), which holds `gain`; `zeroRow` is zero instead. */
export const normalParameter = (
  random: RandomStream,
  rows: number,
  columns: number,
  deviation: number,
  asked: Pick<NormalInitial, 'gain' | 'zeroRow'> = {},
): Parameter<tf.Rank.R2> => {
  const values = initialValues(rows * columns, () => {
    const drawn = random.normal(rows * columns, 0, deviation);
    const { zeroRow } = asked;
    return zeroRow === undefined ? drawn : drawn.fill(0, zeroRow * columns, (zeroRow + 1) * columns);
  });
  return matrixParameter(values, rows, columns, { kind: 'normal', deviation, ...asked });
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
