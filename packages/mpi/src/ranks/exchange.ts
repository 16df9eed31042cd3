import type { Kind, Numbers, Operation, Sendable } from './kinds';
import type { Requests } from './requests';
import type { Stretch } from './stretches';

/** Who exchanges. */
export interface Team {
  readonly requests: Requests;
  readonly rank: number;
  readonly size: number;
}

/** Rounds that are on their way at once. */
const DEPTH = 4;
/** Numbers of a message: small enough to be added up while it lies in a core's cache. */
const MOST = 2 ** 16;
const LEAST = 2 ** 12;
/** Numbers that a rank receives at once, over all others and rounds. */
const IN_FLIGHT = 2 ** 20;
/** Numbers of a message whose place is known: none is added up. */
const GATHERED = 2 ** 20;

const lengthOf = ({ from, to }: Stretch): number => to - from;

/** The i-th piece of a stretch. */
const pieceOf = <T extends Sendable>(array: T, { from, to }: Stretch, i: number, most: number): T =>
  array.subarray(Math.min(to, from + i * most), Math.min(to, from + (i + 1) * most)) as T;

const roundsOf = (stretches: readonly Stretch[], most: number): number =>
  Math.ceil(Math.max(...stretches.map(lengthOf)) / most);

/**
 * Reduces every rank's stretch over all ranks, in its place in that rank's array; the rest stays as it is. Every rank sends each
 * other its part directly, in rounds, and adds up in the order of the ranks: any library comes to the same bits. (The
 * non-blocking all-reduce of Open MPI takes about twice as long between ranks of one machine.)
 *
 * @returns what goes on, and says whether it has ended
 */
export const beginReduceScatter = (
  { requests, rank, size }: Team,
  array: Numbers,
  stretches: readonly Stretch[],
  kind: Kind,
  operation: Operation,
): (() => boolean) => {
  const others = stretches.flatMap((stretch, of) => (of === rank ? [] : [{ stretch, of }]));
  const own = stretches[rank]!;
  const share = 2 ** Math.floor(Math.log2(IN_FLIGHT / (DEPTH * Math.max(1, size - 1))));
  const most = Math.min(MOST, Math.max(LEAST, share));
  const rounds = roundsOf(stretches, most);
  const Kind = array.constructor as new (length: number) => Numbers;
  const width = Math.min(most, lengthOf(own));
  /** What comes from each other rank, for as many rounds as are on their way. */
  const received = Array.from({ length: Math.min(DEPTH, rounds) }, () =>
    others.map(() => new Kind(width) as Numbers),
  );
  const begin = (i: number): (() => boolean) => {
    const { length } = pieceOf(array, own, i, most);
    const slots = received[i % DEPTH]!;
    return requests.beginMessages(kind, [
      ...others.map(({ of }, j) => ({ from: of, array: slots[j]!.subarray(0, length) as Numbers })),
      ...others.map(({ of, stretch }) => ({ to: of, array: pieceOf(array, stretch, i, most) })),
    ]);
  };
  const addUp = (i: number): void => {
    const place = pieceOf(array, own, i, most);
    const parts = received[i % DEPTH]!.map((slot) => slot.subarray(0, place.length) as Numbers);
    const [first, ...before] = parts.slice(0, rank);
    for (const part of before) requests.reduceLocal(part, first!, kind, operation);
    for (const part of first ? [first, ...parts.slice(rank)] : parts) {
      requests.reduceLocal(part, place, kind, operation);
    }
  };
  const underway: (() => boolean)[] = [];
  let begun = 0;
  let done = 0;
  return () => {
    while (done < rounds) {
      while (begun < rounds && begun < done + DEPTH) underway.push(begin(begun++));
      if (!underway[0]!()) return false;
      addUp(done++);
      underway.shift();
    }
    return true;
  };
};

/** Sends every rank's stretch of its array to its place in all others'. */
export const beginAllGather = (
  { requests, rank }: Team,
  array: Sendable,
  stretches: readonly Stretch[],
  kind: Kind,
): (() => boolean) => {
  const own = stretches[rank]!;
  const others = stretches.flatMap((stretch, of) => (of === rank ? [] : [{ stretch, of }]));
  const pieces = Array.from({ length: roundsOf(stretches, GATHERED) }, (_, i) => i);
  return requests.beginMessages(kind, [
    ...pieces.flatMap((i) =>
      others.map(({ of, stretch }) => ({ from: of, array: pieceOf(array, stretch, i, GATHERED) })),
    ),
    ...pieces.flatMap((i) => others.map(({ of }) => ({ to: of, array: pieceOf(array, own, i, GATHERED) }))),
  ]);
};
