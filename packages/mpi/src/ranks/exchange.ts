import type { Kind, Sendable } from './kinds';
import type { Requests } from './requests';
import type { Stretch } from './stretches';

/** Who exchanges. */
export interface Team {
  readonly requests: Requests;
  readonly rank: number;
  readonly size: number;
}

/** Numbers of a message whose place is known: none is added up. */
const GATHERED = 2 ** 20;

const lengthOf = ({ from, to }: Stretch): number => to - from;

/** The i-th piece of a stretch. */
const pieceOf = <T extends Sendable>(array: T, { from, to }: Stretch, i: number, most: number): T =>
  array.subarray(Math.min(to, from + i * most), Math.min(to, from + (i + 1) * most)) as T;

const roundsOf = (stretches: readonly Stretch[], most: number): number =>
  Math.ceil(Math.max(...stretches.map(lengthOf)) / most);

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
      others.map(({ of, stretch }) => ({ from: of, array: pieceOf(array, stretch, i, GATHERED), tag: 0 })),
    ),
    ...pieces.flatMap((i) =>
      others.map(({ of }) => ({ to: of, array: pieceOf(array, own, i, GATHERED), tag: 0 })),
    ),
  ]);
};
