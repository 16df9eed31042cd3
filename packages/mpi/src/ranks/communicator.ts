import { MpiError } from '../checks/errors';
import { type Library, steady } from '../library/library';
import { beginAllGather } from './exchange';
import { type Kind, kindOf, type Numbers, OPERATIONS, type Operation, type Sendable } from './kinds';
import type { Mpi, ReduceScatter } from './mpi';
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
import { StretchReduction } from './stretchReduction';
import { watched } from './watchdog';

/** Numbers of a bucket: each is a call of its own, and all are on their way at once. */
const BUCKET = 2 ** 20;
/** Numbers from which ranks reduce by hand, each its stretch: below the library's own call has the lower latency. */
const MANY = 2 ** 15;

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
      await this.finish('allReduce()', new StretchReduction(this.parts, array, even, kind, operation), array);
      return this.wait('allReduce()', [beginAllGather(this.parts, array, even, kind)], array.byteLength);
    });
    return array;
  }

  async reduceScatter<T extends Numbers>(
    array: T,
    lengths: readonly number[],
    operation: Operation = 'sum',
  ): Promise<T> {
    return (await this.beginReduceScatter(array, lengths, operation)).end();
  }

  beginReduceScatter<T extends Numbers>(
    array: T,
    lengths: readonly number[],
    operation: Operation = 'sum',
  ): Promise<ReduceScatter<T>> {
    return new Promise((begun, refused) => {
      const kind = checked('reduceScatter()', array, operation);
      const stretches = stretchesOf('reduceScatter()', lengths, this.size, array.length);
      const call: Call = {
        ...{ name: 'reduceScatter', kind: kind.number, length: array.length },
        ...{ detail: operationNumber(operation), stretches: sumOfStretches(lengths) },
      };
      const reduction = new StretchReduction(this.parts, array, stretches, kind, operation);
      let end = (): void => {};
      let open = true;
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      const begin = (): void =>
        begun({
          ready: (from, to) => {
            if (!open) throw new MpiError('reduceScatter() ready: it has ended');
            reduction.ready(from, to);
            reduction.go();
          },
          end: async () => {
            open = false;
            end();
            await whole;
            return array;
          },
        });
      const whole = this.collective(call, undefined, async () => {
        begin();
        await ended;
        await this.finish('reduceScatter()', reduction, array);
      });
      // Of one rank alone nothing is asked.
      whole.then(begin, refused);
    });
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

  private finish(name: string, reduction: StretchReduction, { byteLength }: Numbers): Promise<void> {
    reduction.finish();
    return this.wait(name, [() => reduction.go()], byteLength);
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
