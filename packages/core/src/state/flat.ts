import * as tf from '@tensorflow/tfjs';
import type { NamedParameter } from './module';

/** P: the number of scalars that parameters hold, the length of a flat array of them. */
export const scalarCount = (parameters: readonly NamedParameter[]): number =>
  parameters.reduce((sum, { parameter }) => sum + parameter.size, 0);

/** A parameter's elements in a flat array: from `from` up to, not including, `to`. */
export interface Extent {
  readonly from: number;
  readonly to: number;
}

/** Floats of a cache line of 64 bytes: where arrays and stretches begin with one, no two threads write to it. */
const LINE = 16;

/** The next number of floats that fills whole cache lines. */
export const wholeLines = (floats: number): number => Math.ceil(floats / LINE) * LINE;

/**
 * The part of a flat array of P scalars that is for one of several: as much for each, in whole cache lines, and for the last what
 * is left. Together they cover all of it.
 */
export const evenStretch = (size: number, count: number, which: number): Extent => {
  const each = wholeLines(size / count);
  return { from: Math.min(size, which * each), to: Math.min(size, (which + 1) * each) };
};

/** Where each parameter lies in a flat array of them, end to end in the order given. */
export const extentsOf = (parameters: readonly NamedParameter[]): readonly Extent[] => {
  let to = 0;
  return parameters.map(({ parameter }) => {
    const from = to;
    to += parameter.size;
    return { from, to };
  });
};

/** Copies the parameters' values end to end into `flat`, [P]. */
export const writeFlat = (parameters: readonly NamedParameter[], flat: Float32Array): void => {
  const extents = extentsOf(parameters);
  for (const [i, { parameter }] of parameters.entries()) {
    flat.set(parameter.value.dataSync<'float32'>(), extents[i]!.from);
  }
};

/** Tensors of the parameters' shapes over a flat array, [P], whose memory they share. The caller disposes them. */
export const tensorsOver = (flat: Float32Array, parameters: readonly NamedParameter[]): tf.Tensor[] => {
  const extents = extentsOf(parameters);
  return parameters.map(({ parameter }, i) => {
    const { from, to } = extents[i]!;
    return tf.keep(tf.tensor(flat.subarray(from, to), [...parameter.shape], 'float32'));
  });
};

/** The sum of squares of x [N], in double precision; of four sums, as one addition would wait for the other. */
export const sumOfSquares = (x: Float32Array): number => {
  const whole = x.length - (x.length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += 4) {
    a += x[i]! * x[i]!;
    b += x[i + 1]! * x[i + 1]!;
    c += x[i + 2]! * x[i + 2]!;
    d += x[i + 3]! * x[i + 3]!;
  }
  for (let i = whole; i < x.length; i++) a += x[i]! * x[i]!;
  return a + b + c + d;
};
