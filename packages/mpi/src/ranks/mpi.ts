import type { Numbers, Operation, Sendable } from './kinds';

/** This process among the ranks that were started together. */
export interface Mpi {
  /** From 0. */
  readonly rank: number;
  readonly size: number;
  /** Which library it is, such as 'Open MPI v4.1.4'. */
  readonly library: string;
  /**
   * Every rank's array becomes the sum, or the largest or smallest values, over all ranks, in place, with the same bits on
   * each. The array is not to be touched until then.
   *
   * @throws MpiError where ranks call with other lengths, types or operations, and past the time limit
   */
  allReduce<T extends Numbers>(array: T, operation?: Operation): Promise<T>;
  /**
   * Every rank's array becomes that of rank `root` (default 0), in place.
   *
   * @throws MpiError where ranks call with other lengths, types or roots, and past the time limit
   */
  broadcast<T extends Sendable>(array: T, root?: number): Promise<T>;
  /**
   * Reduces the ranks' arrays as `allReduce` does, of which every rank receives its stretch alone: half of the work. Rank r's
   * stretch has `lengths[r]` numbers, and follows those of the ranks before it. It is reduced in place, in the order of the
   * ranks, which is the same sum to the bit with any library; the rest of the array stays as it is.
   *
   * @throws MpiError where ranks call with other lengths, types or operations, on lengths that do not add up to the array's,
   *   and past the time limit
   */
  reduceScatter<T extends Numbers>(array: T, lengths: readonly number[], operation?: Operation): Promise<T>;
  /**
   * The same of an array that is still being computed: what is ready of it is sent meanwhile. Resolves once all ranks have begun
   * it; other calls wait for its end.
   *
   * @throws MpiError as of `reduceScatter`
   */
  beginReduceScatter<T extends Numbers>(
    array: T,
    lengths: readonly number[],
    operation?: Operation,
  ): Promise<ReduceScatter<T>>;
  /**
   * Every rank's stretch of its own array takes its place in all others', so that all have the whole. Stretches are as of
   * `reduceScatter`, and may be of no length.
   *
   * @throws MpiError where ranks call with other lengths or types, on lengths that do not add up to the array's, and past
   *   the time limit
   */
  allGather<T extends Sendable>(array: T, lengths: readonly number[]): Promise<T>;
  /** Resolves once all ranks have called it. Throws past the time limit. */
  barrier(): Promise<void>;
  /** Ends every rank at once, and this process with this exit code. Default 1. */
  abort(code?: number): never;
  /** The last call of every rank. Afterwards the process goes on alone. */
  finalize(): Promise<void>;
}

/** A `reduceScatter` on its way. */
export interface ReduceScatter<T extends Numbers> {
  /**
   * Elements of the array have their values, from `from` up to, not including, `to`: this rank writes them no more. It sends what
   * it can, and adds up what has come, without waiting: a program that does not return to the event loop calls it now and then.
   * The order may be another on each rank.
   *
   * @throws MpiError on what is no part of the array and, where it can be told, on what was ready before
   */
  ready(from: number, to: number): void;
  /**
   * All of the array has its values. Resolves with it once the own stretch is reduced.
   *
   * @throws MpiError past the time limit
   */
  end(): Promise<T>;
}
