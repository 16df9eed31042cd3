import type { Graph } from './onnx/graph';
import type { Runtime, Session } from './ort/runtime';

interface Entry {
  readonly model: Uint8Array;
  single?: Session;
  parallel?: Session;
}

/** More programs than any model needs; beyond it the least recently made goes. */
const CAPACITY = 2048;

/**
 * Sessions by the key of their program (operator and attributes). Each is made on first use in up to two forms:
 * one thread for small work, the shared pool for large (whose size is the same for all).
 */
export class SessionCache {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly runtime: Runtime) {}

  /** How many programs were built. */
  get size(): number {
    return this.entries.size;
  }

  /** The session of program `key`, which `build` describes when it is needed for the first time. */
  get(key: string, threads: number, build: () => Graph): Session {
    let entry = this.entries.get(key);
    if (entry == null) {
      entry = { model: build().model() };
      this.makeRoom();
      this.entries.set(key, entry);
    }
    if (threads > 1) {
      entry.parallel ??= this.runtime.createSession(entry.model, { threads });
      return entry.parallel;
    }
    entry.single ??= this.runtime.createSession(entry.model, { threads: 1 });
    return entry.single;
  }

  private makeRoom(): void {
    if (this.entries.size < CAPACITY) return;
    for (const [key, { single, parallel }] of this.entries) {
      if (single != null) this.runtime.releaseSession(single);
      if (parallel != null) this.runtime.releaseSession(parallel);
      this.entries.delete(key);
      return;
    }
  }
}
