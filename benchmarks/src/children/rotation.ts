import { uniform } from './task';

/** More than the last-level cache of a core's share: a part of it that was used once around ago has gone cold. */
const COLD_BYTES = 192 * 2 ** 20;

/** Numbers in [-1, 1), cheaply: a short random pattern over and over. */
export const filled = (size: number, seed: number): Float32Array => {
  const next = uniform(seed);
  const pattern = Float32Array.from({ length: Math.min(size, 4099) }, () => 2 * next() - 1);
  const out = new Float32Array(new ArrayBuffer(4 * Math.max(size, 32)), 0, size);
  for (let at = 0; at < size; at += pattern.length) out.set(pattern.subarray(0, size - at), at);
  return out;
};

/** How many sets of operands of `bytes` in all make each cold again by the time its turn comes. At most 64. */
export const coldSets = (bytes: number): number => Math.max(2, Math.min(64, Math.ceil(COLD_BYTES / bytes)));
