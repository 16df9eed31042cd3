import { instantiate, type Kernels, supported } from '../wasm/kernels';
import type { Chunk, Heap } from './heap';
import type { Numbers } from './numbers';

/** What a kernel in WebAssembly works on. */
export interface NativeOperands {
  readonly reads: readonly Numbers[];
  /** Written as a whole: what was there does not count. */
  readonly writes: readonly Numbers[];
  /** Read and written. */
  readonly updates?: readonly Numbers[];
}

/** Runs kernels of the module on a heap, and on memories of the program's that it was told of. */
export class NativeCalls {
  private readonly kernels: Kernels;
  private readonly others: WeakMap<ArrayBufferLike, Kernels> = new WeakMap();

  private constructor(private readonly heap: Heap) {
    this.kernels = instantiate(heap.memory);
  }

  /** Undefined where there is no heap, or the engine lacks what the kernels need. */
  static create(heap: Heap | undefined): NativeCalls | undefined {
    return heap !== undefined && supported() ? new NativeCalls(heap) : undefined;
  }

  /** Kernels are to run in place where all that they work on lies in this memory, which does not grow. */
  adopt(memory: WebAssembly.Memory): void {
    if (!this.others.has(memory.buffer)) this.others.set(memory.buffer, instantiate(memory));
  }

  /** The kernels over the one memory, not the heap, that holds all operands. */
  private besideHeap(operands: readonly Numbers[]): Kernels | undefined {
    const buffer = operands[0]?.buffer;
    const kernels = buffer && this.others.get(buffer);
    return kernels && operands.every((each) => each.buffer === buffer) ? kernels : undefined;
  }

  /**
   * Calls `run` with the kernels and the address of each operand. Operands that lie neither in the heap nor together in a
   * memory of the program's are copied into the heap, and back where they are written.
   *
   * @returns false, with nothing done, where the heap has no room for the copies.
   */
  call(
    { reads, writes, updates = [] }: NativeOperands,
    run: (kernels: Kernels, at: (array: Numbers) => number) => void,
  ): boolean {
    const { heap } = this;
    const all = [...reads, ...writes, ...updates];
    const beside = this.besideHeap(all);
    if (beside !== undefined) {
      run(beside, ({ byteOffset }) => byteOffset);
      return true;
    }
    const outside: { array: Numbers; copy: Numbers; chunk: Chunk }[] = [];
    const place = (array: Numbers): boolean => {
      if (array.length === 0 || heap.has(array.buffer)) return true;
      if (outside.some((each) => each.array === array)) return true;
      const chunk = heap.take(array.byteLength);
      if (chunk === undefined) return false;
      const kind = array.constructor as new (
        buffer: ArrayBufferLike,
        start: number,
        length: number,
      ) => Numbers;
      outside.push({ array, copy: new kind(heap.buffer, chunk.start, array.length), chunk });
      return true;
    };
    try {
      if (!all.every(place)) return false;
      for (const { array, copy } of outside) {
        if (reads.includes(array) || updates.includes(array)) copy.set(array);
      }
      const at = (array: Numbers): number =>
        heap.has(array.buffer)
          ? array.byteOffset
          : (outside.find((each) => each.array === array)?.chunk.start ?? 0);
      run(this.kernels, at);
      for (const { array, copy } of outside) {
        if (writes.includes(array) || updates.includes(array)) array.set(copy);
      }
      return true;
    } finally {
      for (const { chunk } of outside) heap.letGo(chunk);
    }
  }
}
