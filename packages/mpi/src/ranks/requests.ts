import { MpiError } from '../checks/errors';
import { type Library, type Native, steady } from '../library/library';
import type { Kind, Operation, Sendable } from './kinds';

/**
 * An array that one rank sends to another, or receives from it. Both are told the same length and tag; messages with one tag
 * arrive in the order in which they are sent.
 */
export type Message = { readonly array: Sendable; readonly tag: number } & (
  | { readonly to: number }
  | { readonly from: number }
);

/** Begins calls that do not block, and asks for their end. */
export class Requests {
  private readonly done: Int32Array = new Int32Array(steady(4));
  /** Bytes of a request: a pointer of Open MPI's, or an integer of MPICH's. */
  private readonly width: number;

  constructor(
    private readonly library: Library,
    private readonly address: (memory: ArrayBufferView) => bigint,
  ) {
    this.width = library.handles.type === 'int' ? 4 : 8;
  }

  /** Every rank's array becomes the reduction over all. */
  beginReduce(array: Sendable, kind: Kind, operation: Operation): () => boolean {
    const { inPlace, world, [kind.type]: type, [operation]: how } = this.library.handles;
    return this.begin([array], 1, ([at], request) =>
      this.call('MPI_Iallreduce', inPlace, at, array.length, type, how, world, request),
    );
  }

  /** Every rank's array becomes the root's. */
  beginBroadcast(array: Sendable, kind: Kind, root: number): () => boolean {
    const { world, [kind.type]: type } = this.library.handles;
    return this.begin([array], 1, ([at], request) =>
      this.call('MPI_Ibcast', at, array.length, type, root, world, request),
    );
  }

  /** Every rank's bytes, end to end in the order of ranks, in `all`. */
  beginGather(own: Uint8Array, all: Uint8Array): () => boolean {
    const { world, byte } = this.library.handles;
    return this.begin([own, all], 1, ([from, to], request) =>
      this.call('MPI_Iallgather', from, own.length, byte, to, own.length, byte, world, request),
    );
  }

  /** Messages between ranks, all at once; those without a number are not sent. */
  beginMessages(kind: Kind, messages: readonly Message[]): () => boolean {
    const { world, [kind.type]: type } = this.library.handles;
    const sent = messages.filter(({ array }) => array.length > 0);
    const arrays = sent.map(({ array }) => array);
    return this.begin(arrays, sent.length, (addresses, requests) => {
      for (const [i, message] of sent.entries()) {
        const [name, peer] =
          'to' in message ? (['MPI_Isend', message.to] as const) : (['MPI_Irecv', message.from] as const);
        const request = requests + BigInt(i * this.width);
        this.call(name, addresses[i], message.array.length, type, peer, message.tag, world, request);
      }
    });
  }

  /** into := array `operation` into, in this process. */
  reduceLocal(array: Sendable, into: Sendable, kind: Kind, operation: Operation): void {
    if (array.length === 0) return;
    const { [kind.type]: type, [operation]: how } = this.library.handles;
    this.call('MPI_Reduce_local', this.at(array), this.at(into), array.length, type, how);
  }

  /** @throws MpiError on a result that is no success */
  check(code: number, name: string): void {
    if (code === 0) return;
    const text = new Uint8Array(steady(1024));
    const length = new Int32Array(steady(4));
    this.library.calls.MPI_Error_string(code, text, length);
    const said = new TextDecoder('latin1').decode(text.subarray(0, length[0]));
    throw new MpiError(`${name} of ${this.library.version} failed: ${said || `code ${code}`}`);
  }

  /** An array's memory moves no more once its buffer has been asked for. */
  private at(array: ArrayBufferView): bigint {
    return array.buffer.byteLength === 0 ? 0n : this.address(array);
  }

  private call(name: keyof Library['calls'], ...args: Parameters<Native>): void {
    this.check(this.library.calls[name](...args), name);
  }

  /** Gives what says whether all requests have ended. The arrays stay where they are until then, and are held. */
  private begin(
    arrays: readonly Sendable[],
    count: number,
    call: (addresses: readonly bigint[], requests: bigint) => void,
  ): () => boolean {
    if (count === 0) return () => true;
    const requests = new Uint8Array(steady(count * this.width));
    call(
      arrays.map((array) => this.at(array)),
      this.at(requests),
    );
    let held: readonly ArrayBufferView[] | undefined = [requests, ...arrays];
    return () => {
      if (!held) return true;
      this.call('MPI_Testall', count, held[0], this.done, this.library.handles.ignored);
      if (this.done[0] !== 0) held = undefined;
      return held === undefined;
    };
  }
}
