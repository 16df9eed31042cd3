import type { OnnxRuntimeBackend } from '../backend';

/** Elements of a piece for each thread: those of four arrays and of temporaries fit into the cache of a core. */
const PIECE = 1 << 15;

/**
 * Stretches of arrays of one length, in order: what is done to one after the other is done in the cache, and where it is
 * copied to where a kernel sees it, that takes no memory to speak of.
 */
export function* piecesOf<T extends readonly Float32Array[]>(
  { options }: OnnxRuntimeBackend,
  ...arrays: T
): Generator<T> {
  const { length } = arrays[0]!;
  const size = PIECE * Math.max(2, options.threads);
  for (let from = 0; from < length; from += size) {
    yield arrays.map((array) => array.subarray(from, Math.min(length, from + size))) as unknown as T;
  }
}
