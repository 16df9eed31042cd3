import type * as tf from '@tensorflow/tfjs';
import { SteadyformerError } from '../checks/errors';

type Numbers = ArrayLike<number>;

/**
 * max |a - b| / scale, by default the largest finite |b|: the error of a tensor. Infinity where one holds NaN or an
 * infinity and the other does not hold the same there.
 *
 * @throws SteadyformerError on lists of different lengths
 */
export const maxError = (a: Numbers, b: Numbers, scale: number = largest(b)): number => {
  if (a.length !== b.length) throw new SteadyformerError(`${a.length} numbers against ${b.length}`);
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    if (Object.is(a[i], b[i])) continue;
    const difference = Math.abs(a[i]! - b[i]!);
    if (!Number.isFinite(difference)) return Number.POSITIVE_INFINITY;
    worst = Math.max(worst, difference);
  }
  return worst === 0 ? 0 : worst / scale;
};

/** The largest finite magnitude. */
export const largest = (numbers: Numbers): number => {
  let most = 0;
  for (let i = 0; i < numbers.length; i++) {
    const size = Math.abs(numbers[i]!);
    if (size > most && size < Number.POSITIVE_INFINITY) most = size;
  }
  return most;
};

/** Gaussian-like numbers that depend on the seed alone, rounded to float32 so that both sides see the same. */
export const noise = (count: number, seed: number, scale = 1): number[] =>
  Array.from({ length: count }, (_, i) => {
    const x = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453;
    const y = Math.sin((i + 1) * 39.3468 + seed * 11.135) * 24634.6345;
    return Math.fround(scale * 1.7 * (x - Math.floor(x) + (y - Math.floor(y)) - 1));
  });

export const dot = (a: Numbers, b: Numbers): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** Numbers and their shape, of no backend. */
export interface Plain {
  readonly shape: readonly number[];
  readonly data: readonly number[];
  /** Default 'float32'. */
  readonly dtype?: 'float32' | 'int32';
}

export type Plains = Readonly<Record<string, Plain>>;

/** Random numbers of a shape. */
export const reals = (shape: readonly number[], seed: number, scale = 1): Plain => ({
  shape,
  data: noise(
    shape.reduce((size, axis) => size * axis, 1),
    seed,
    scale,
  ),
});

/** The numbers of a tensor. */
export const plainOf = async (tensor: tf.Tensor): Promise<Plain> => ({
  shape: tensor.shape,
  data: Array.from(await tensor.data()),
  dtype: tensor.dtype as 'float32' | 'int32',
});

/**
 * Throws where a tensor's numbers are not those expected: `what` says whose they are, and the message how far they are
 * off, where most, and what is allowed.
 */
export const checkClose = (what: string, received: Plain, expected: Plain, within: number): void => {
  const shapes = [received, expected].map(({ shape, dtype = 'float32' }) => `${dtype} [${shape.join()}]`);
  if (shapes[0] !== shapes[1]) {
    throw new SteadyformerError(`${what}: received ${shapes[0]}, expected ${shapes[1]}.`);
  }
  const error = maxError(received.data, expected.data);
  if (error <= within) return;
  const off = received.data.map((x, i) =>
    Object.is(x, expected.data[i]) ? 0 : Math.abs(x - expected.data[i]!),
  );
  const at = off.findIndex((size) => !Number.isFinite(size));
  const worst = at >= 0 ? at : off.indexOf(off.reduce((most, size) => Math.max(most, size), 0));
  throw new SteadyformerError(
    `${what}: largest error ${error.toPrecision(3)} of the largest number expected, allowed ${within}; ` +
      `at element ${worst} received ${received.data[worst]}, expected ${expected.data[worst]}.`,
  );
};
