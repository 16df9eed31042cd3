import {
  accessSync,
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SteadyformerError } from '../../checks/errors';
import type { Extent } from '../../state/flat';
import type { Exchange, Shelf } from '../processReplica';
import type { SharedSizes } from '../sharedMemory';

const FLOAT = Float32Array.BYTES_PER_ELEMENT;
/** Most bytes of one call, below the 2^31 that Node and Linux take. */
const MOST = 2 ** 30;

/** `readSync` or `writeSync`: bytes of an array from and to a place in a file. */
type Move = (file: number, bytes: Uint8Array, offset: number, length: number, position: number) => number;

/** Linux's folder in memory. */
const MEMORY = '/dev/shm';

/** The folder in memory where it has the room, which that of a container may not; else that of temporary files. */
const folderFor = (bytes: number): string => {
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    if (bavail * bsize > bytes) return MEMORY;
  } catch {
    // Not Linux, or closed to this user.
  }
  return tmpdir();
};

const bytesOf = ({ replicas, size, frozen }: SharedSizes): number => FLOAT * ((1 + replicas) * size + frozen);

/**
 * A file that processes exchange flat arrays through, in memory where there is a folder of that kind. It has no name: it
 * is gone with the last process that holds it, however that ends.
 */
export class SharedFile implements Exchange {
  private readonly sizes: SharedSizes;
  readonly descriptor: number;

  /** Over a descriptor that this process was given. */
  constructor(sizes: SharedSizes, descriptor: number) {
    this.sizes = sizes;
    this.descriptor = descriptor;
  }

  /** @throws SteadyformerError where no file can be made */
  static create(sizes: SharedSizes): SharedFile {
    const bytes = bytesOf(sizes);
    const folder = folderFor(bytes);
    try {
      const own = mkdtempSync(join(folder, 'steadyformer-replicas-'));
      try {
        return new SharedFile(sizes, openSync(join(own, 'shared'), 'wx+', 0o600));
      } finally {
        rmSync(own, { recursive: true, force: true });
      }
    } catch (error) {
      throw refused(bytes, error);
    }
  }

  read(shelf: Shelf, stretch: Extent = { from: 0, to: this.lengthOf(shelf) }): Float32Array {
    const values = new Float32Array(stretch.to - stretch.from);
    this.move(readSync, values, shelf, stretch.from);
    return values;
  }

  /** @throws SteadyformerError where the folder that the file lies in is full */
  write(shelf: Shelf, values: Float32Array, from = 0): void {
    try {
      this.move(writeSync, values, shelf, from);
    } catch (error) {
      throw refused(bytesOf(this.sizes), error);
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private lengthOf(shelf: Shelf): number {
    return shelf === 'frozen' ? this.sizes.frozen : this.sizes.size;
  }

  /** Where a shelf begins, in floats: weights, frozen ones, gradients by rank. */
  private startOf(shelf: Shelf): number {
    const { size, frozen } = this.sizes;
    if (shelf === 'parameters') return 0;
    return shelf === 'frozen' ? size : size + frozen + shelf * size;
  }

  private move(call: Move, values: Float32Array, shelf: Shelf, from: number): void {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const start = FLOAT * (this.startOf(shelf) + from);
    for (let done = 0; done < bytes.length; ) {
      const moved = call(this.descriptor, bytes, done, Math.min(MOST, bytes.length - done), start + done);
      if (moved === 0) throw new SteadyformerError('replicas: the file that they share ends too early');
      done += moved;
    }
  }
}

const refused = (bytes: number, error: unknown): SteadyformerError =>
  new SteadyformerError(
    `replicas exchange ${Math.ceil(bytes / 2 ** 20)} MiB through a file in ${MEMORY}, or where that has less room in ` +
      `${tmpdir()}: ${(error as Error).message}. Make room there, or set TMPDIR to a folder with more.`,
    { cause: error },
  );
