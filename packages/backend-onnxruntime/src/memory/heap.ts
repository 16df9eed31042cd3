import type { PoolStatistics } from './pool';

/** A stretch of a heap's memory. Its owners are tensors, or the heap itself while it is free. */
export interface Chunk {
  /** Byte at which it begins: a multiple of 64, never 0. */
  readonly start: number;
  readonly bytes: number;
}

/** A chunk as the heap sees it. */
interface Link extends Chunk {
  start: number;
  bytes: number;
  /** Tensors that lie in it; free where none does. */
  holders: number;
  /** Neighbours by address. */
  before: Link | undefined;
  after: Link | undefined;
  /** Neighbours in the list of free chunks of like size. */
  newer: Link | undefined;
  older: Link | undefined;
}

const PAGE = 2 ** 16;
/** All that 32-bit addresses reach. */
const MOST_PAGES = 2 ** 16;
/** Chunks are whole cache lines. */
const LINE = 64;
/** Chunks of a list that are looked at for one that fits. */
const TRIES = 8;
/** Least growth: fewer calls of the system. Pages that nobody writes to cost nothing. */
const GROWTH = 2 ** 24;

/** Lists hold sizes from one of these up to the next: four an octave of cache lines. */
const listOf = (bytes: number): number => {
  const lines = bytes / LINE;
  if (lines < 4) return lines;
  const octave = 31 - Math.clz32(lines);
  return 4 * octave - 4 + ((lines >>> (octave - 2)) & 3);
};

const LISTS = listOf(MOST_PAGES * PAGE - LINE) + 1;

/**
 * Memory that JavaScript, WebAssembly and native code see at once: one shared `WebAssembly.Memory` that grows, given out
 * in chunks. Free neighbours are joined, and the chunk last given back is the first to be used again. What it has
 * taken from the system it keeps.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  private readonly limit: number;
  private readonly lists: (Link | undefined)[] = new Array<Link | undefined>(LISTS);
  private readonly buffers: WeakSet<ArrayBufferLike> = new WeakSet();
  /** The chunk with the highest address. */
  private last: Link | undefined;
  private top = LINE;
  private used = 0;
  private peak = 0;
  private latest: ArrayBufferLike;

  /**
   * @param limit most bytes it may take, at most 4 GiB
   * @throws RangeError where the system has not even the addresses
   */
  constructor(limit: number) {
    const maximum = Math.min(MOST_PAGES, Math.floor(limit / PAGE));
    this.limit = maximum * PAGE;
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: Math.max(1, maximum), shared: true });
    this.latest = this.memory.buffer;
    this.buffers.add(this.latest);
  }

  /** A heap, where the engine has shared WebAssembly memory and the system the addresses. */
  static create(limit: number): Heap | undefined {
    try {
      return limit >= PAGE ? new Heap(limit) : undefined;
    } catch {
      return undefined;
    }
  }

  /** The whole memory, as long as it is now. Arrays over what it was before it grew stay as they are. */
  get buffer(): ArrayBufferLike {
    return this.latest;
  }

  /** Whether an array over this buffer lies in the heap. */
  has(buffer: ArrayBufferLike): boolean {
    return this.buffers.has(buffer);
  }

  /** Bytes in use, bytes that it has beside them, and the most that were in use at once. */
  statistics(): PoolStatistics {
    return { inUse: this.used, free: this.top - LINE - this.used, peakInUse: this.peak };
  }

  /** A chunk of at least so many bytes, held once; undefined where there is no room. Its content is what it was. */
  take(bytes: number): Chunk | undefined {
    const size = Math.max(LINE, Math.ceil(bytes / LINE) * LINE);
    if (!(size < this.limit)) return undefined;
    const link = this.fitting(size) ?? this.grown(size);
    if (link === undefined) return undefined;
    this.unlist(link);
    if (link.bytes > size) this.split(link, size);
    link.holders = 1;
    this.used += link.bytes;
    if (this.used > this.peak) this.peak = this.used;
    return link;
  }

  /** One more tensor lies in the chunk. */
  hold(chunk: Chunk): void {
    (chunk as Link).holders++;
  }

  /** One tensor less; the last one gives the chunk back. */
  letGo(chunk: Chunk): void {
    const link = chunk as Link;
    if (--link.holders > 0) return;
    this.used -= link.bytes;
    this.join(link);
  }

  private fitting(size: number): Link | undefined {
    for (let list = listOf(size); list < LISTS; list++) {
      const link = this.lists[list] === undefined ? undefined : this.best(list, size);
      if (link !== undefined) return link;
    }
    return undefined;
  }

  /** The smallest chunk of a list that fits, of those freed last; of equal ones the newest. */
  private best(list: number, size: number): Link | undefined {
    let best: Link | undefined;
    let link = this.lists[list];
    for (let tries = 0; link !== undefined && tries < TRIES; tries++) {
      if (link.bytes === size) return link;
      if (link.bytes > size && (best === undefined || link.bytes < best.bytes)) best = link;
      link = link.older;
    }
    return best;
  }

  /** A free chunk at the end of memory that has grown for it. */
  private grown(size: number): Link | undefined {
    const { last } = this;
    const free = last !== undefined && last.holders === 0 ? last : undefined;
    const missing = size - (free?.bytes ?? 0);
    const end = this.top + missing;
    if (end > this.limit || !this.reach(end)) return undefined;
    if (free !== undefined) {
      this.unlist(free);
      free.bytes += missing;
    }
    const link = free ?? this.append(missing);
    this.top = end;
    this.list(link);
    return link;
  }

  /** Whether memory reaches so far, or could be made to. */
  private reach(end: number): boolean {
    const missing = end - this.latest.byteLength;
    if (missing <= 0) return true;
    const most = this.limit - this.latest.byteLength;
    for (const bytes of [Math.min(most, Math.max(missing, GROWTH)), missing]) {
      try {
        this.memory.grow(Math.ceil(bytes / PAGE));
        this.latest = this.memory.buffer;
        this.buffers.add(this.latest);
        return true;
      } catch {
        // The system has not so much; perhaps it has what is needed.
      }
    }
    return false;
  }

  private append(bytes: number): Link {
    const none = { before: this.last, after: undefined, newer: undefined, older: undefined };
    const link: Link = { start: this.top, bytes, holders: 0, ...none };
    if (this.last !== undefined) this.last.after = link;
    this.last = link;
    return link;
  }

  /** Cuts a chunk that is in no list after `size` bytes; the rest is free. */
  private split(link: Link, size: number): void {
    const rest: Link = {
      start: link.start + size,
      bytes: link.bytes - size,
      holders: 0,
      before: link,
      after: link.after,
      newer: undefined,
      older: undefined,
    };
    if (link.after === undefined) this.last = rest;
    else link.after.before = rest;
    link.after = rest;
    link.bytes = size;
    this.list(rest);
  }

  /** Lists a chunk as free, together with free neighbours. */
  private join(link: Link): void {
    const { before, after } = link;
    let joined = link;
    if (before !== undefined && before.holders === 0) {
      this.unlist(before);
      before.bytes += link.bytes;
      this.bypass(before, link);
      joined = before;
    }
    if (after !== undefined && after.holders === 0) {
      this.unlist(after);
      joined.bytes += after.bytes;
      this.bypass(joined, after);
    }
    this.list(joined);
  }

  /** `gone` is part of `link`, the one before it, from now on. */
  private bypass(link: Link, gone: Link): void {
    link.after = gone.after;
    if (gone.after === undefined) this.last = link;
    else gone.after.before = link;
  }

  private list(link: Link): void {
    const at = listOf(link.bytes);
    const head = this.lists[at];
    link.older = head;
    link.newer = undefined;
    if (head !== undefined) head.newer = link;
    this.lists[at] = link;
  }

  private unlist(link: Link): void {
    const { newer, older } = link;
    if (older !== undefined) older.newer = newer;
    if (newer !== undefined) newer.older = older;
    else this.lists[listOf(link.bytes)] = older;
    link.newer = undefined;
    link.older = undefined;
  }
}
