import { MpiError } from '../checks/errors';
import { type Library, steady } from '../library/library';
import { beginAllGather, beginReduceScatter } from './exchange';
import { type Kind, kindOf, type Numbers, OPERATIONS, type Operation, type Sendable } from './kinds';
import { pollUntil } from './pace';
import {
  type Call,
  operationNumber,
  PACKET,
  PAYLOAD,
  Packets,
  packetOf,
  reducePayloads,
  sumOfStretches,
} from './packet';
import type { Requests } from './requests';
import { evenStretches, stretchesOf } from './stretches';
import { watched } from './watchdog';

/** Numbers of a bucket: each is a call of its own, and all are on their way at once. */
const BUCKET = 2 ** 20;
/** Numbers from which ranks reduce by hand, each its stretch: below the library's own call has the lower latency. */
const MANY = 2 ** 15;

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

/** What the ranks of a library are made of. */
export interface MpiParts {
  readonly library: Library;
  readonly requests: Requests;
  readonly rank: number;
  readonly size: number;
  /** Milliseconds. */
  readonly limit: number;
}

/** `Mpi` over the library: its calls run one after another, in the order in which they are made. */
export class Communicator implements Mpi {
  private last: Promise<unknown> = Promise.resolve();
  private closed: string | undefined;

  constructor(private readonly parts: MpiParts) {}

  get rank(): number {
    return this.parts.rank;
  }

  get size(): number {
    return this.parts.size;
  }

  get library(): string {
    return this.parts.library.version;
  }

  async allReduce<T extends Numbers>(array: T, operation: Operation = 'sum'): Promise<T> {
    const kind = checked('allReduce()', array, operation);
    const { requests, size } = this.parts;
    const call: Call = {
      ...{ name: 'allReduce', kind: kind.number, length: array.length },
      detail: operationNumber(operation),
    };
    await this.collective(call, array, async (packets) => {
      if (array.byteLength <= PAYLOAD) return reducePayloads(packets, array, size, operation);
      if (array.length < MANY) {
        return this.wait('allReduce()', [requests.beginReduce(array, kind, operation)], array.byteLength);
      }
      const even = evenStretches(size, array.length);
      const reduce = beginReduceScatter(this.parts, array, even, kind, operation);
      await this.wait('allReduce()', [reduce], array.byteLength);
      return this.wait('allReduce()', [beginAllGather(this.parts, array, even, kind)], array.byteLength);
    });
    return array;
  }

  async reduceScatter<T extends Numbers>(
    array: T,
    lengths: readonly number[],
    operation: Operation = 'sum',
  ): Promise<T> {
    const kind = checked('reduceScatter()', array, operation);
    const stretches = stretchesOf('reduceScatter()', lengths, this.size, array.length);
    const call: Call = {
      ...{ name: 'reduceScatter', kind: kind.number, length: array.length },
      ...{ detail: operationNumber(operation), stretches: sumOfStretches(lengths) },
    };
    await this.collective(call, undefined, () =>
      this.wait(
        'reduceScatter()',
        [beginReduceScatter(this.parts, array, stretches, kind, operation)],
        array.byteLength,
      ),
    );
    return array;
  }

  async allGather<T extends Sendable>(array: T, lengths: readonly number[]): Promise<T> {
    const kind = kindOf('allGather() array', array, false);
    const stretches = stretchesOf('allGather()', lengths, this.size, array.length);
    const call: Call = {
      ...{ name: 'allGather', kind: kind.number, length: array.length },
      ...{ detail: 0, stretches: sumOfStretches(lengths) },
    };
    await this.collective(call, undefined, () =>
      this.wait('allGather()', [beginAllGather(this.parts, array, stretches, kind)], array.byteLength),
    );
    return array;
  }

  async broadcast<T extends Sendable>(array: T, root = 0): Promise<T> {
    const kind = kindOf('broadcast() array', array, false);
    const { requests, size } = this.parts;
    if (!Number.isInteger(root) || root < 0 || root >= size) {
      throw new MpiError(`broadcast() root: received ${root}, allowed whole numbers from 0 to ${size - 1}`);
    }
    const call: Call = { name: 'broadcast', kind: kind.number, length: array.length, detail: root };
    await this.collective(call, array, async (packets) => {
      if (array.byteLength <= PAYLOAD) return array.set(packets.payload(root, array));
      return this.wait(
        'broadcast()',
        buckets(array).map((bucket) => requests.beginBroadcast(bucket, kind, root)),
        array.byteLength,
      );
    });
    return array;
  }

  barrier(): Promise<void> {
    // To agree on the call is all that it has to do.
    return this.collective({ name: 'barrier', kind: 0, length: 0, detail: 0 }, undefined, async () => {});
  }

  abort(code = 1): never {
    const { calls, handles } = this.parts.library;
    if (this.closed !== FINALIZED) calls.MPI_Abort(handles.world, code);
    process.exit(code);
  }

  finalize(): Promise<void> {
    return this.queued('finalize()', async () => {
      this.closed = FINALIZED;
      const { library, requests, limit, rank } = this.parts;
      const line = `error: rank ${rank} has waited ${limit / 1000} s in finalize() for the other ranks`;
      requests.check(await watched(() => library.calls.MPI_Finalize(), limit, line), 'MPI_Finalize');
    });
  }

  /**
   * A call that all ranks make: what they call is compared first, as MPI itself would hang or mix up memory. An array that
   * is small goes with it.
   */
  private collective(
    call: Call,
    array: Sendable | undefined,
    work: (packets: Packets) => Promise<void>,
  ): Promise<void> {
    const name = `${call.name}()`;
    return this.queued(name, async () => {
      const { requests, size } = this.parts;
      if (size === 1) return;
      const all = new Uint8Array(steady(size * PACKET));
      const own = packetOf(call, array && array.byteLength <= PAYLOAD ? array : undefined);
      await this.wait(name, [requests.beginGather(own, all)], 0);
      const packets = new Packets(all, size);
      const { other } = packets;
      if (other !== undefined) throw new MpiError(`ranks do not make the same call: ${other}`);
      return work(packets);
    });
  }

  private async wait(name: string, ended: readonly (() => boolean)[], bytes: number): Promise<void> {
    const { limit, rank, size } = this.parts;
    let first = 0;
    const isDone = (): boolean => {
      // All are asked, as each goes on only while it is.
      for (let i = first; i < ended.length; i++) if (ended[i]!() && i === first) first++;
      return first === ended.length;
    };
    if (await pollUntil(isDone, bytes, limit)) return;
    this.closed = `rank ${rank} of ${size} has waited ${limit / 1000} s in ${name} for the others: one has ended, or makes other calls`;
    throw new MpiError(`${this.closed}. A longer wait: STEADYFORMER_MPI_TIMEOUT, in seconds.`);
  }

  private queued<T>(name: string, work: () => Promise<T>): Promise<T> {
    const next = this.last.then(() => {
      if (this.closed !== undefined) throw new MpiError(`${name}: ${this.closed}`);
      return work();
    });
    this.last = next.catch(() => {});
    return next;
  }
}

const FINALIZED = 'MPI was finalized in this process';

/** The kind of an array that is to be reduced. Throws on what cannot be. */
const checked = (what: string, array: Numbers, operation: Operation): Kind => {
  const kind = kindOf(`${what} array`, array, true);
  if (OPERATIONS.includes(operation)) return kind;
  throw new MpiError(`${what} operation: received ${String(operation)}, allowed ${OPERATIONS.join(', ')}`);
};

/** Stretches of an array, over the same memory. */
const buckets = <T extends Sendable>(array: T): T[] =>
  Array.from(
    { length: Math.ceil(array.length / BUCKET) },
    (_, i) => array.subarray(i * BUCKET, (i + 1) * BUCKET) as T,
  );
