/** What reads memory that others may write: its array is replaced by a copy before that happens. */
export interface Reader {
  values?: unknown;
  /** The memory it shares. */
  lent?: object;
}

/** An array that can be copied. */
type Copyable = ArrayBufferView & { slice(): ArrayBufferView };

/** Whether two arrays over one memory have bytes in common. */
const overlap = (a: ArrayBufferView, b: ArrayBufferView): boolean =>
  a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;

/**
 * Memory that kernels write in place (parameters, moments), and the data of other tensors that shares it: clones,
 * reshaped forms, slices. Copy on write: a clone costs nothing while nobody writes, and keeps its values when
 * somebody does. A memory is known by its buffer, or by its chunk where it is part of a heap.
 */
export class InPlaceMemory<R extends Reader> {
  private readonly readers = new WeakMap<object, Set<R>>();

  /** @param copied told of a reader that no longer shares the memory, having a copy. */
  constructor(private readonly copied: (reader: R) => void = () => {}) {}

  /** Says that the memory is written in place from now on. */
  note(memory: object): void {
    if (!this.readers.has(memory)) this.readers.set(memory, new Set());
  }

  /** Whether the memory is written in place. */
  has(memory: object): boolean {
    return this.readers.has(memory);
  }

  lend(memory: object, reader: R): void {
    reader.lent = memory;
    this.readers.get(memory)?.add(reader);
  }

  giveBack(reader: R): void {
    if (reader.lent == null) return;
    this.readers.get(reader.lent)?.delete(reader);
    delete reader.lent;
  }

  /** Gives a reader a copy of its own. */
  copy(reader: R): void {
    reader.values = (reader.values as Copyable).slice();
    this.giveBack(reader);
    this.copied(reader);
  }

  /**
   * To be called before a write: every reader of what is written gets a copy of its own, or every reader of the memory
   * where nothing is: others are going to write then.
   */
  beforeWrite(memory: object, written?: ArrayBufferView): void {
    const readers = this.readers.get(memory);
    if (readers == null || readers.size === 0) return;
    for (const reader of readers) {
      if (!written?.byteLength || overlap(reader.values as ArrayBufferView, written)) this.copy(reader);
    }
  }
}
