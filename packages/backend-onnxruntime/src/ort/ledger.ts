import type { Session } from './runtime';

/** One address for every session: 16,384 of them, which is more than the threads of a process ever hold at once. */
const CAPACITY = 1 << 14;
const OWNERS = 0;
const SESSIONS = 4 * CAPACITY;
const RELEASERS = SESSIONS + 8 * CAPACITY;
const FREE = 0;

/**
 * Which sessions the threads of a process hold, in shared memory: a thread that is terminated runs no code of its own
 * any more, so another one has to release what it held. An entry is claimed before it is filled in and emptied before
 * its session is released: a thread that ends in between loses that one session, and none is released twice.
 */
export class SessionLedger {
  private readonly owners: Int32Array;
  private readonly sessions: BigInt64Array;
  /** The address of the function that releases the session: libraries differ, and each takes its own only. */
  private readonly releasers: BigInt64Array;
  private next = 0;

  constructor(memory: SharedArrayBuffer) {
    this.owners = new Int32Array(memory, OWNERS, CAPACITY);
    this.sessions = new BigInt64Array(memory, SESSIONS, CAPACITY);
    this.releasers = new BigInt64Array(memory, RELEASERS, CAPACITY);
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(RELEASERS + 8 * CAPACITY);
  }

  /** Notes a session of `thread`; returns its entry, or -1 where there is no more room. */
  add(thread: number, session: Session, releaser: bigint): number {
    for (let tried = 0; tried < CAPACITY; tried++) {
      const entry = this.next;
      this.next = (entry + 1) % CAPACITY;
      if (Atomics.compareExchange(this.owners, entry, FREE, thread + 1) !== FREE) continue;
      Atomics.store(this.releasers, entry, BigInt.asIntN(64, releaser));
      Atomics.store(this.sessions, entry, BigInt.asIntN(64, session));
      return entry;
    }
    return -1;
  }

  /** How many sessions all threads hold. */
  get size(): number {
    return this.owners.reduce((held, owner) => held + (owner === FREE ? 0 : 1), 0);
  }

  /** Takes an entry out. */
  remove(entry: number): void {
    if (entry < 0) return;
    Atomics.store(this.sessions, entry, 0n);
    Atomics.store(this.owners, entry, FREE);
  }

  /** Takes out the sessions of a thread that has ended and that this releaser is for. */
  takeAll(thread: number, releaser: bigint): Session[] {
    const taken: Session[] = [];
    for (let entry = 0; entry < CAPACITY; entry++) {
      if (Atomics.load(this.owners, entry) !== thread + 1) continue;
      const session = Atomics.load(this.sessions, entry);
      if (session !== 0n && Atomics.load(this.releasers, entry) !== BigInt.asIntN(64, releaser)) continue;
      this.remove(entry);
      if (session !== 0n) taken.push(BigInt.asUintN(64, session));
    }
    return taken;
  }
}
