import { steady } from '../library/library';
import { kindName, OPERATIONS, type Operation, type Sendable } from './kinds';

/** What a rank calls: what ranks compare before any array is sent. */
export interface Call {
  readonly name: (typeof CALLS)[number];
  /** The number of the array's kind, 0 without one. */
  readonly kind: number;
  readonly length: number;
  /** The operation's number, or the root. */
  readonly detail: number;
  /** A sum over the lengths of the ranks' stretches, where the call has them. */
  readonly stretches?: number;
}

const CALLS = ['allReduce', 'broadcast', 'barrier', 'reduceScatter', 'allGather'] as const;

const HEADER = 5;
/** Bytes of an array that go with what is compared: it needs no call of its own. */
export const PAYLOAD = 88;
/** Bytes: two lines of a cache. */
export const PACKET: number = 8 * HEADER + PAYLOAD;

export const operationNumber = (operation: Operation): number => OPERATIONS.indexOf(operation);

/** A number that other lengths hardly have: a polynomial over them, modulo a prime below 2^21. */
export const sumOfStretches = (lengths: readonly number[]): number =>
  lengths.reduce((sum, length) => (sum * 31 + (length % 2_097_143)) % 2_097_143, 1);

const bytesOf = (array: Sendable): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** What a rank sends to all: its call and, where there is room, the array. */
export const packetOf = (
  { name, kind, length, detail, stretches = 0 }: Call,
  array: Sendable | undefined,
): Uint8Array => {
  const packet = new Uint8Array(steady(PACKET));
  new Float64Array(packet.buffer).set([CALLS.indexOf(name), kind, length, detail, stretches]);
  if (array) packet.set(bytesOf(array), 8 * HEADER);
  return packet;
};

/** The packets of all ranks, end to end, taken apart. */
export class Packets {
  constructor(
    private readonly all: Uint8Array,
    private readonly size: number,
  ) {}

  /** The first rank whose call is another than rank 0's, and both in words; undefined where all make the same. */
  get other(): string | undefined {
    for (let rank = 1; rank < this.size; rank++) {
      if (this.header(rank).every((each, i) => each === this.header(0)[i])) continue;
      const [first, other] = [this.text(0), this.text(rank)];
      const further = first === other ? ', in other stretches' : '';
      return `rank 0 calls ${first}, rank ${rank} calls ${other}${further}`;
    }
    return undefined;
  }

  /** What a rank's packet brought of an array like this one. */
  payload<T extends Sendable>(rank: number, like: T): T {
    const from = rank * PACKET + 8 * HEADER;
    const copy = this.all.slice(from, from + like.byteLength);
    const Kind = like.constructor as new (buffer: ArrayBufferLike) => T;
    return new Kind(copy.buffer);
  }

  private header(rank: number): Float64Array {
    const from = rank * PACKET;
    return new Float64Array(this.all.slice(from, from + 8 * HEADER).buffer);
  }

  private text(rank: number): string {
    const [call, kind, length, detail] = this.header(rank) as unknown as [number, number, number, number];
    const name = CALLS[call] ?? 'an unknown call';
    if (name === 'barrier') return 'barrier()';
    const array = `${kindName(kind)} of ${length}`;
    if (name === 'allGather') return `allGather(${array})`;
    return name === 'broadcast'
      ? `broadcast(${array}, ${detail})`
      : `${name}(${array}, '${OPERATIONS[detail]}')`;
  }
}

const COMBINE: Readonly<Record<Operation, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
};

/** Reduces what all packets brought into an array, in the order of the ranks. */
export const reducePayloads = (
  packets: Packets,
  array: Exclude<Sendable, Uint8Array>,
  size: number,
  operation: Operation,
): void => {
  const combine = COMBINE[operation];
  array.set(packets.payload(0, array));
  for (let rank = 1; rank < size; rank++) {
    const next = packets.payload(rank, array);
    for (let i = 0; i < array.length; i++) array[i] = combine(array[i]!, next[i]!);
  }
};
