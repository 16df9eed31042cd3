import { threadId } from 'node:worker_threads';
import type { Graph } from './onnx/graph';
import type { SessionLedger } from './ort/ledger';
import type { Runtime, Session } from './ort/runtime';

/** A session and its entry in the ledger. */
export interface Held {
  readonly session: Session;
  readonly entry: number;
}

interface Program {
  readonly model: Uint8Array;
  single?: Held;
  parallel?: Held;
}

/** More programs than any model needs; beyond it the least recently made goes. */
const CAPACITY = 2048;

/**
 * Sessions by the key of their program (operator and attributes). Each is made on first use in up to two forms:
 * one thread for small work, the shared pool for large (whose size is the same for all).
 */
export class SessionCache {
  private readonly programs = new Map<string, Program>();

  constructor(
    private readonly runtime: Runtime,
    private readonly ledger: SessionLedger,
  ) {}

  /** How many programs were built. */
  get size(): number {
    return this.programs.size;
  }

  /** The session of program `key`, which `build` describes when it is needed for the first time. */
  get(key: string, threads: number, build: () => Graph): Session {
    let program = this.programs.get(key);
    if (program == null) {
      program = { model: build().model() };
      this.makeRoom();
      this.programs.set(key, program);
    }
    if (threads > 1) {
      program.parallel ??= this.make(program.model, threads);
      return program.parallel.session;
    }
    program.single ??= this.make(program.model, 1);
    return program.single.session;
  }

  /** A session of the caller's own, until it is released. */
  make(model: Uint8Array, threads: number): Held {
    const session = this.runtime.createSession(model, { threads });
    return { session, entry: this.ledger.add(threadId, session, this.runtime.releaser) };
  }

  release({ session, entry }: Held): void {
    this.ledger.remove(entry);
    this.runtime.releaseSession(session);
  }

  /** Releases all sessions; they are made again where they are needed. */
  clear(): void {
    for (const program of this.programs.values()) this.releaseAll(program);
    this.programs.clear();
  }

  /** Releases the sessions of a thread that has ended. */
  releaseThread(thread: number): void {
    const { runtime, ledger } = this;
    for (const session of ledger.takeAll(thread, runtime.releaser)) runtime.releaseSession(session);
  }

  private releaseAll({ single, parallel }: Program): void {
    for (const held of [single, parallel]) if (held != null) this.release(held);
  }

  private makeRoom(): void {
    if (this.programs.size < CAPACITY) return;
    for (const [key, program] of this.programs) {
      this.programs.delete(key);
      this.releaseAll(program);
      return;
    }
  }
}
