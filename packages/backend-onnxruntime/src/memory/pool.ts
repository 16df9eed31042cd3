/** A pooled piece of memory. Its owner is one tensor, or the pool itself while it is free. */
export interface Block {
  readonly buffer: ArrayBuffer;
  readonly sizeClass: number;
  /** When it was last given back, on the pool's own clock. */
  freedAt: number;
  /** An array over it was handed out, so it may never be recycled. */
  escaped: boolean;
}

const CLASSES_PER_OCTAVE = 4;
const HEADROOM = 1.15;
/** How many classes up a larger block is looked for: twice the size. */
const LARGER = CLASSES_PER_OCTAVE;

/** All classes up to the 2^53 bytes that a length can name. */
const CLASS_BYTES: readonly number[] = Array.from(
  { length: 53 * CLASSES_PER_OCTAVE + 1 },
  (_, sizeClass) => Math.ceil(2 ** (sizeClass / CLASSES_PER_OCTAVE) / 64) * 64,
);

/** Capacity of a size class: four classes an octave, so at most a fifth of a block is unused. */
export const classBytes = (sizeClass: number): number => CLASS_BYTES[sizeClass]!;

/**
 * The smallest class that holds `bytes`.
 *
 * @throws RangeError where no length can name so much.
 */
export const classOf = (bytes: number): number => {
  if (!(bytes <= Number.MAX_SAFE_INTEGER)) throw new RangeError(`no memory holds ${bytes} bytes`);
  let sizeClass = Math.ceil(Math.log2(Math.max(bytes, 64)) * CLASSES_PER_OCTAVE);
  while (classBytes(sizeClass) < bytes) sizeClass++;
  while (sizeClass > 0 && classBytes(sizeClass - 1) >= bytes) sizeClass--;
  return sizeClass;
};

/** What a pool holds, in bytes. */
export interface PoolStatistics {
  inUse: number;
  free: number;
  peakInUse: number;
}

/**
 * Recycles the memory of disposed tensors: fresh memory costs a page fault for every 4 kB, which is more than most
 * operations on it. Free and used blocks together stay within 15 % of the most that was ever in use at once
 * (and within `limit`): beyond that the block unused for longest is left to the garbage collector.
 */
export class BufferPool {
  private readonly free = new Map<number, Block[]>();
  private readonly statistics: PoolStatistics = { inUse: 0, free: 0, peakInUse: 0 };
  private clock = 0;

  constructor(readonly limit: number) {}

  /** @throws RangeError where the system has no more memory. */
  take(bytes: number): Block {
    const sizeClass = classOf(bytes);
    const block = this.free.get(sizeClass)?.pop() ?? this.larger(sizeClass);
    if (block != null) {
      this.statistics.free -= classBytes(block.sizeClass);
      this.use(classBytes(block.sizeClass));
      return block;
    }
    const size = classBytes(sizeClass);
    this.use(size);
    this.trim();
    try {
      return { buffer: new ArrayBuffer(size), sizeClass, freedAt: 0, escaped: false };
    } catch (thrown) {
      this.statistics.inUse -= size;
      throw thrown;
    }
  }

  private use(size: number): void {
    const { statistics } = this;
    statistics.inUse += size;
    if (statistics.inUse > statistics.peakInUse) statistics.peakInUse = statistics.inUse;
  }

  /**
   * A free block somewhat larger than asked for, where a new one would push another out: fresh pages cost more than
   * the room that is wasted.
   */
  private larger(sizeClass: number): Block | undefined {
    const { inUse, free, peakInUse } = this.statistics;
    if (
      inUse + free + classBytes(sizeClass) <=
      Math.max(HEADROOM * peakInUse, inUse + classBytes(sizeClass))
    ) {
      return undefined;
    }
    for (let next = sizeClass + 1; next <= sizeClass + LARGER; next++) {
      const block = this.free.get(next)?.pop();
      if (block != null) return block;
    }
    return undefined;
  }

  /** Takes a block back, unless its memory was handed out. */
  give(block: Block): void {
    if (block.escaped) return;
    const size = classBytes(block.sizeClass);
    this.statistics.inUse -= size;
    this.statistics.free += size;
    block.freedAt = ++this.clock;
    const list = this.free.get(block.sizeClass);
    if (list == null) this.free.set(block.sizeClass, [block]);
    else list.push(block);
    if (this.statistics.free > this.limit) this.trim();
  }

  /** The block's memory is now shared with the outside: it is no longer the pool's. */
  release(block: Block): void {
    if (block.escaped) return;
    block.escaped = true;
    this.statistics.inUse -= classBytes(block.sizeClass);
  }

  /** Lets go of every free block. */
  clear(): void {
    this.free.clear();
    this.statistics.free = 0;
  }

  memory(): Readonly<PoolStatistics> {
    return { ...this.statistics };
  }

  private trim(): void {
    const { statistics } = this;
    const allowed = statistics.peakInUse * HEADROOM - statistics.inUse;
    while (statistics.free > 0 && statistics.free > Math.min(this.limit, allowed)) this.dropOldest();
  }

  private dropOldest(): void {
    let oldest: Block[] | undefined;
    for (const list of this.free.values()) {
      if (list.length > 0 && (oldest == null || list[0]!.freedAt < oldest[0]!.freedAt)) oldest = list;
    }
    const block = oldest?.shift();
    if (block != null) this.statistics.free -= classBytes(block.sizeClass);
  }
}
