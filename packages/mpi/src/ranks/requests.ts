import { MpiError } from '../checks/errors';
import { type Library, steady } from '../library/library';
import type { Kind, Operation, Sendable } from './kinds';

/** Begins collective calls that do not block, and asks for their end. */
export class Requests {
  private readonly done: Int32Array = new Int32Array(steady(4));

  constructor(
    private readonly library: Library,
    private readonly address: (memory: ArrayBufferView) => bigint,
  ) {}

  /** Every rank's array becomes the reduction over all. */
  beginReduce(array: Sendable, kind: Kind, operation: Operation): () => boolean {
    const { handles, calls } = this.library;
    return this.begin(array, (at, request) =>
      calls.MPI_Iallreduce(
        handles.inPlace,
        at,
        array.length,
        handles[kind.type],
        handles[operation],
        handles.world,
        request,
      ),
    );
  }

  /** Every rank's array becomes the root's. */
  beginBroadcast(array: Sendable, kind: Kind, root: number): () => boolean {
    const { handles, calls } = this.library;
    return this.begin(array, (at, request) =>
      calls.MPI_Ibcast(at, array.length, handles[kind.type], root, handles.world, request),
    );
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

  /** Gives what says whether it has ended. The array stays where it is until then, and is held. */
  private begin(array: Sendable, call: (at: bigint, request: Uint8Array) => number): () => boolean {
    // An array's memory moves no more once its buffer has been asked for.
    if (array.buffer.byteLength === 0) return () => true;
    // A pointer of Open MPI's, or an integer of MPICH's.
    const request = new Uint8Array(steady(8));
    this.check(call(this.address(array), request), 'a collective call');
    let ended = false;
    const held = { array, request };
    return () => {
      if (ended) return true;
      const { calls, handles } = this.library;
      this.check(calls.MPI_Test(held.request, this.done, handles.ignored), 'MPI_Test');
      ended = this.done[0] !== 0;
      return ended;
    };
  }
}
