import type { Ranks } from '../src/training/ranks';

type Numbers = Float32Array | Float64Array | Uint8Array;

/** What ranks were told of an array that is still being written. */
export interface Told {
  readonly rank: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Ranks within one thread, for tests: each call waits until all have made it, in the same order. With `told` they begin a
 * reduction while its array is written, and send what it held when they were told that it was ready.
 */
export const ranksTogether = (size: number, told?: Told[]): Ranks[] => {
  const calls: { arrays: (Numbers | undefined)[]; done: (() => void)[] }[] = [];
  const made = Array.from({ length: size }, () => 0);
  const meet = (rank: number, array: Numbers, all: (arrays: readonly Numbers[]) => void): Promise<void> => {
    const at = made[rank]!++;
    calls[at] ??= { arrays: [], done: [] };
    const call = calls[at]!;
    call.arrays[rank] = array;
    return new Promise((resolve) => {
      call.done.push(resolve);
      if (call.done.length < size) return;
      all(call.arrays as Numbers[]);
      for (const done of call.done) done();
    });
  };
  const reduceScatter = (rank: number, array: Float32Array, lengths: readonly number[]): Promise<void> =>
    meet(rank, array, (arrays) => {
      const sum = (arrays as Float32Array[]).reduce((a, b) => a.map((x, i) => x + b[i]!));
      for (const [of, each] of arrays.entries()) {
        const from = lengths.slice(0, of).reduce((a, b) => a + b, 0);
        each.set(sum.subarray(from, from + lengths[of]!), from);
      }
    });
  const begun = async (rank: number, array: Float32Array, lengths: readonly number[], told: Told[]) => {
    const sent: (readonly [number, Float32Array])[] = [];
    return {
      ready: (from: number, to: number): void => {
        if (from < to) told.push({ rank, from, to });
        sent.push([from, array.slice(from, to)]);
      },
      end: (): Promise<void> => {
        for (const [from, numbers] of sent) array.set(numbers, from);
        return reduceScatter(rank, array, lengths);
      },
    };
  };
  return made.map((_, rank) => ({
    rank,
    size,
    ...(told
      ? {
          beginReduceScatter: (array: Float32Array, lengths: readonly number[]) =>
            begun(rank, array, lengths, told),
        }
      : {}),
    allReduce: (array, operation = 'sum') =>
      meet(rank, array, (arrays) => {
        const result = arrays.reduce(
          (a, b) => a.map((x, i) => (operation === 'sum' ? x + b[i]! : Math.max(x, b[i]!))) as typeof a,
        );
        for (const each of arrays) each.set(result);
      }),
    reduceScatter: (array, lengths) => reduceScatter(rank, array, lengths),
    allGather: (array, lengths) =>
      meet(rank, array, (arrays) => {
        let from = 0;
        for (const [of, length] of lengths.entries()) {
          const own = arrays[of]!.slice(from, from + length);
          for (const each of arrays) each.set(own, from);
          from += length;
        }
      }),
    broadcast: (array, root = 0) =>
      meet(rank, array, (arrays) => {
        for (const each of arrays) each.set(arrays[root]!);
      }),
    finalize: async () => {},
  }));
};
