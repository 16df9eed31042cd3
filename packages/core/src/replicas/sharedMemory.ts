import * as tf from '@tensorflow/tfjs';
import { can } from '../backend/capabilities';
import { hasKernel, runKernel } from '../backend/kernels';
import { type Extent, evenStretch, sumOfSquares, wholeLines } from '../state/flat';

/** How much replicas of one model share. P = scalars that are trained, F = scalars that are frozen. */
export interface SharedSizes {
  readonly replicas: number;
  /** P. */
  readonly size: number;
  /** F. */
  readonly frozen: number;
  /** Of the flat arrays, what these replicas update; the rest is for other machines. Default: all. */
  readonly updated?: Extent;
}

/** What replicas of one model share, in a form that can be sent to a thread. */
export interface SharedMemory extends SharedSizes {
  /** Holds `arraysIn` end to end. One of WebAssembly where it has the room: then kernels in WebAssembly run on it. */
  readonly memory: WebAssembly.Memory | SharedArrayBuffer;
}

/** The arrays of a shared memory, as the thread that asks sees them. */
export interface SharedArrays {
  /** Weights, [P]. */
  readonly parameters: Float32Array;
  /** Moments of what is updated here. */
  readonly m: Float32Array;
  readonly v: Float32Array;
  /** Weights that no update changes, [F]. */
  readonly frozen: Float32Array;
  /** The flat gradient of each replica, [P]; the first also receives the sum. */
  readonly gradients: readonly Float32Array[];
}

const PAGE = 2 ** 16;

const take = (bytes: number): WebAssembly.Memory | SharedArrayBuffer => {
  const pages = Math.max(1, Math.ceil(bytes / PAGE));
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch {
    // More than its 32-bit addresses reach, or an engine without.
    return new SharedArrayBuffer(bytes);
  }
};

const updatedOf = ({ size, updated = { from: 0, to: size } }: SharedSizes): Extent => updated;

const updatedCount = (sizes: SharedSizes): number => updatedOf(sizes).to - updatedOf(sizes).from;

/** Memory for `size` trained and `frozen` frozen scalars. */
export const shareMemory = (size: number, replicas: number, frozen = 0, updated?: Extent): SharedMemory => {
  const sizes: SharedSizes = { replicas, size, frozen, ...(updated ? { updated } : {}) };
  const floats = (1 + replicas) * wholeLines(size) + 2 * wholeLines(updatedCount(sizes)) + wholeLines(frozen);
  return { ...sizes, memory: take(4 * floats) };
};

export const arraysIn = (shared: SharedMemory): SharedArrays => {
  const { replicas, size, frozen, memory } = shared;
  const buffer = 'buffer' in memory ? memory.buffer : memory;
  let at = 0;
  const next = (count = size): Float32Array => {
    const array = new Float32Array(buffer, 4 * at, count);
    at += wholeLines(count);
    return array;
  };
  const moments = updatedCount(shared);
  const [parameters, m, v] = [next(), next(moments), next(moments)];
  return {
    parameters,
    m,
    v,
    frozen: next(frozen),
    gradients: Array.from({ length: replicas }, () => next()),
  };
};

/** The part that replica `rank` updates: its share of all that these replicas update, and where its moments lie. */
export const updatedBy = (
  sizes: SharedSizes,
  rank: number,
): Readonly<Record<'weights' | 'moments', Extent>> => {
  const { from } = updatedOf(sizes);
  const moments = evenStretch(updatedCount(sizes), sizes.replicas, rank);
  return { moments, weights: { from: from + moments.from, to: from + moments.to } };
};

/**
 * Adds the gradients of all replicas within a stretch, in the order of their ranks, into the first one's memory.
 * Returns the sum of squares of the result.
 */
export const reduceStretch = (gradients: readonly Float32Array[], { from, to }: Extent): number => {
  const [sum, ...others] = gradients.map((gradient) => gradient.subarray(from, to));
  if (can('adoptsMemory') && hasKernel('SteadyAddInto')) return reduceByKernel(sum!, others);
  for (const other of others) addInto(sum!, other);
  return sumOfSquares(sum!);
};

/** On a backend whose tensors lie over the arrays they are made of. */
const reduceByKernel = (sum: Float32Array, others: readonly Float32Array[]): number =>
  tf.tidy(() => {
    const into = tf.tensor1d(sum);
    let norm: tf.Tensor | undefined;
    for (const other of others) [norm] = runKernel('SteadyAddInto', { sum: into, x: tf.tensor1d(other) }, {});
    norm ??= runKernel('SteadyNorm', { x: into }, {})[0]!;
    return norm.dataSync()[0]! ** 2;
  });

const addInto = (sum: Float32Array, other: Float32Array): void => {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + other[i]!;
};
