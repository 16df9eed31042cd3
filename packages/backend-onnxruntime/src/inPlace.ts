/** What reads memory that others may write: its array is replaced by a copy before that happens. */
export interface Reader {
  values?: unknown;
  /** The memory it shares. */
  lent?: ArrayBufferLike;
}

/** An array that can be copied. */
type Copyable = ArrayBufferView & { slice(): ArrayBufferView };

/**
 * Memory that kernels write in place (parameters, moments), and the data of other tensors that shares it: clones,
 * reshaped forms, slices. Copy on write: a clone costs nothing while nobody writes, and keeps its values when
 * somebody does.
 */
export class InPlaceMemory {
  private readonly readers = new WeakMap<ArrayBufferLike, Set<Reader>>();

  /** Says that the memory is written in place from now on. */
  note(memory: ArrayBufferLike): void {
    if (!this.readers.has(memory)) this.readers.set(memory, new Set());
  }

  /** Whether the memory is written in place. */
  has(memory: ArrayBufferLike): boolean {
    return this.readers.has(memory);
  }

  lend(memory: ArrayBufferLike, reader: Reader): void {
    reader.lent = memory;
    this.readers.get(memory)?.add(reader);
  }

  giveBack(reader: Reader): void {
    if (reader.lent == null) return;
    this.readers.get(reader.lent)?.delete(reader);
    delete reader.lent;
  }

  /** To be called before a write: every reader gets a copy of its own. */
  beforeWrite(memory: ArrayBufferLike): void {
    const readers = this.readers.get(memory);
    if (readers == null || readers.size === 0) return;
    for (const reader of readers) {
      reader.values = (reader.values as Copyable).slice();
      this.giveBack(reader);
    }
  }
}
