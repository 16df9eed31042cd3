import { kindName, OPERATIONS, type Operation } from './kinds';

/** What a rank calls, as four numbers that ranks compare before any data is sent. */
export interface Call {
  readonly name: 'allReduce' | 'broadcast' | 'barrier';
  /** The number of the array's kind, 0 without one. */
  readonly kind: number;
  readonly length: number;
  /** The operation's number, or the root. */
  readonly detail: number;
}

const CALLS = ['allReduce', 'broadcast', 'barrier'] as const;
export const SIZE = 4;

export const callOfReduce = (kind: number, length: number, operation: Operation): Call => ({
  name: 'allReduce',
  ...{ kind, length },
  detail: OPERATIONS.indexOf(operation),
});

/** Numbers and their negatives: the largest of each say whether all ranks sent the same. */
export const signature = ({ name, kind, length, detail }: Call): number[] => {
  const own = [CALLS.indexOf(name), kind, length, detail];
  return [...own, ...own.map((each) => -each)];
};

export const isAgreed = (largest: ArrayLike<number>): boolean =>
  Array.from({ length: SIZE }, (_, i) => largest[i]! + largest[SIZE + i]!).every((gap) => gap === 0);

/** What a rank calls, in words, from the numbers that it sent. */
export const callText = (sent: ArrayLike<number>): string => {
  const [call, kind, length, detail] = [0, 1, 2, 3].map((i) => sent[i]!) as [number, number, number, number];
  const name = CALLS[call] ?? 'an unknown call';
  if (name === 'barrier') return 'barrier()';
  const array = `${kindName(kind)} of ${length}`;
  return name === 'allReduce'
    ? `allReduce(${array}, '${OPERATIONS[detail]}')`
    : `broadcast(${array}, ${detail})`;
};
