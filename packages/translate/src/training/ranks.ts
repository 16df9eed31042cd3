import { SteadyformerError } from '@steadyformer/core';

/**
 * This process among others that train one model together, on as many machines: as `init` of `@steadyformer/mpi` gives it, or
 * anything of this form. Every rank makes the same calls in the same order.
 */
export interface Ranks {
  /** From 0. */
  readonly rank: number;
  readonly size: number;
  /** Whether they share no files: each has the data at paths of its own, and rank 0 alone the run's folder. Default false. */
  readonly apart?: boolean;
  /** Every rank's array becomes the sum, or the largest values, over all ranks, in place. */
  allReduce(array: Float32Array | Float64Array, operation?: 'sum' | 'max'): Promise<unknown>;
  /**
   * Of the ranks' arrays, added up, every rank receives its stretch, in place: `lengths[r]` numbers for rank r, after those of
   * the ranks before it.
   */
  reduceScatter(array: Float32Array, lengths: readonly number[]): Promise<unknown>;
  /**
   * The same of an array that is still being written: what is `ready` of it, from an element up to another, is sent meanwhile.
   * Resolves once all ranks have begun it. Where it is missing nothing is sent before all is there.
   */
  beginReduceScatter?(
    array: Float32Array,
    lengths: readonly number[],
  ): Promise<{ ready(from: number, to: number): void; end(): Promise<unknown> }>;
  /** Every rank's stretch of its own array takes its place in all others'. */
  allGather(array: Float32Array, lengths: readonly number[]): Promise<unknown>;
  /** Every rank's array becomes that of rank `root` (default 0), in place. */
  broadcast(array: Float32Array | Float64Array | Uint8Array, root?: number): Promise<unknown>;
  /** The last call: each rank goes on alone. */
  finalize(): Promise<void>;
}

/** What all ranks were told in the same moment: one of them says it for all, and none waits for another. */
export class RanksError extends SteadyformerError {}

/** Whether this process writes what all ranks would write alike. */
export const isFirst = (ranks: Ranks | undefined): boolean => ranks === undefined || ranks.rank === 0;

const HEADER = 64;

/** A text of each rank, in their order, known to all. Their lengths come first, in digits that every machine reads alike. */
export const gatherTexts = async (ranks: Ranks, own: string): Promise<string[]> => {
  const texts: string[] = [];
  for (let root = 0; root < ranks.size; root++) {
    const bytes = new TextEncoder().encode(root === ranks.rank ? own : '');
    const header = new TextEncoder().encode(String(bytes.length).padStart(HEADER));
    await ranks.broadcast(header, root);
    const length = Number(new TextDecoder().decode(header));
    const text = root === ranks.rank ? bytes : new Uint8Array(length);
    await ranks.broadcast(text, root);
    texts.push(new TextDecoder().decode(text));
  }
  return texts;
};

/** Rank 0's text, known to all. */
export const textOfFirst = async (ranks: Ranks, own: string): Promise<string> =>
  new TextDecoder().decode(await bytesOfFirst(ranks, new TextEncoder().encode(own)));

/** Rank 0's bytes, known to all. */
export const bytesOfFirst = async (ranks: Ranks, own: Uint8Array): Promise<Uint8Array> => {
  const length = Float64Array.of(own.length);
  await ranks.broadcast(length);
  const bytes = isFirst(ranks) ? own : new Uint8Array(length[0]!);
  await ranks.broadcast(bytes);
  return bytes;
};

/**
 * Does what may fail on some ranks only. Where it does, it fails on all, and none waits for one that has ended.
 *
 * @throws RanksError naming the rank that failed first in their order, and why
 */
export const onAll = async <T>(ranks: Ranks | undefined, work: () => T | Promise<T>): Promise<T> => {
  if (!ranks) return work();
  let result: { readonly value: T } | undefined;
  let failure: unknown;
  try {
    result = { value: await work() };
  } catch (error) {
    failure = error;
  }
  // A fault of the program is no news for users: it ends all ranks by itself.
  if (failure !== undefined && (failure as Error)?.name !== 'SteadyformerError') throw failure;
  const messages = await gatherTexts(ranks, failure === undefined ? '' : (failure as Error).message);
  const failed = messages.flatMap((message, rank) => (message === '' ? [] : [{ message, rank }]));
  const [first] = failed;
  if (result && !first) return result.value;
  const same = failed.length === ranks.size && failed.every(({ message }) => message === first!.message);
  throw new RanksError(same ? first!.message : `rank ${first!.rank}: ${first!.message}`);
};
