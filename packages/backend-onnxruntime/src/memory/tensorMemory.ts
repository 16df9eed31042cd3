import type * as tf from '@tensorflow/tfjs';
import { OnnxRuntimeError } from '../errors';
import { CpuBackend } from './cpuBackend';
import { type Chunk, Heap } from './heap';
import { InPlaceMemory } from './inPlace';
import { ARRAYS, type Numbers, type NumericType, sizeOf } from './numbers';
import { type Block, BufferPool, type PoolStatistics } from './pool';
import { type Data, type Doings, placeOf } from './tensorData';

/** A new tensor and its memory. */
export interface Fresh<T extends Numbers = Numbers> {
  readonly info: tf.TensorInfo;
  readonly values: T;
}

/** Smaller results are not pooled. */
const POOLED_BYTES = 512;

/**
 * Where tensors live: in a heap that kernels in WebAssembly see as well, or, where there is none or no room in it, in
 * pooled ArrayBuffers; every kernel of tfjs's cpu backend works on either. Knows who shares what, so that memory is
 * recycled, copied before it is written in place, and given back where a kernel throws. What a reader gets of the heap
 * is a copy.
 */
export class TensorMemory extends CpuBackend {
  protected readonly pool: BufferPool;
  /** Undefined where the engine has no memory that WebAssembly shares. */
  protected readonly heap: Heap | undefined;
  private readonly blocks = new WeakMap<ArrayBufferLike, Block>();
  private readonly inPlace = new InPlaceMemory<Data>((reader) => this.leave(reader));
  private doings: Doings | undefined;
  private nextId = 0;

  constructor(poolBytes: number) {
    super();
    this.pool = new BufferPool(poolBytes);
    this.heap = Heap.create(poolBytes);
  }

  /** What the heap and the pool hold together, in bytes. */
  protected poolMemory(): PoolStatistics {
    const pool = this.pool.memory();
    const { inUse = 0, free = 0, peakInUse = 0 } = this.heap?.statistics() ?? {};
    return { inUse: pool.inUse + inUse, free: pool.free + free, peakInUse: pool.peakInUse + peakInUse };
  }

  private record(info: tf.TensorInfo): Data {
    return this.data.get(info.dataId) as Data;
  }

  /** Memory of the pool that ends up in another tensor may no longer be recycled with its first one. */
  private noteAlias(values: tf.backend_util.BackendValues | undefined): void {
    if (values == null || !ArrayBuffer.isView(values)) return;
    if (values.byteLength < POOLED_BYTES && values.buffer.byteLength < POOLED_BYTES) return;
    const block = this.blocks.get(values.buffer);
    if (block != null) this.pool.release(block);
  }

  /** What a tensor's memory is known by. */
  protected placeOf(info: tf.TensorInfo): object {
    this.values(info);
    return placeOf(this.record(info));
  }

  /** Whether the tensor lies in memory that other threads may write. */
  sharesWithThreads(info: tf.TensorInfo): boolean {
    const { buffer } = this.values(info);
    return buffer instanceof SharedArrayBuffer && this.heap?.has(buffer) !== true;
  }

  /** The memory is going to be written in place. */
  protected beforeWrite(_place: object): void {}

  /** The data is gone. */
  protected afterDisposal(_dataId: object): void {}

  /** Whether values lie in the heap, where nobody but the heap's own tensors may have them. */
  private inHeap(values: tf.backend_util.BackendValues | undefined): boolean {
    return ArrayBuffer.isView(values) && this.heap?.has(values.buffer) === true;
  }

  /** The data no longer lies in its chunk. */
  private leave(data: Data): void {
    if (data.chunk != null) this.heap!.letGo(data.chunk);
    delete data.chunk;
  }

  /** The data lies in a chunk that another data lies in, too. */
  private joining(chunk: Chunk | undefined): Pick<Data, 'chunk'> {
    if (chunk == null) return {};
    this.heap!.hold(chunk);
    return { chunk };
  }

  override write(
    values: tf.backend_util.BackendValues,
    _shape: number[],
    dtype: tf.DataType,
  ): { id: number } {
    if (this.inHeap(values)) return this.keep({ values: (values as Numbers).slice(), dtype, refCount: 1 });
    this.noteAlias(values);
    const data: Data = { values, dtype, refCount: 1, given: this.doings == null };
    // tfjs's kernels may give a piece of what they read.
    if (this.doings != null && ArrayBuffer.isView(values) && this.inPlace.has(values.buffer)) {
      this.inPlace.lend(values.buffer, data);
    }
    return this.keep(data);
  }

  private keep(data: Data): { id: number } {
    const dataId = { id: this.nextId++ };
    this.data.set(dataId, data as ReturnType<typeof this.data.get>);
    this.doings?.made.push(dataId);
    return dataId;
  }

  /** Runs a kernel. Where it throws, what it had made by then is freed, so that no memory of the pool is lost. */
  guarded<R extends tf.TensorInfo | tf.TensorInfo[]>(kernel: () => R): R {
    const outer = this.doings;
    const doings: Doings = { made: [], shared: [] };
    this.doings = doings;
    try {
      const result = kernel();
      const settled = Array.isArray(result)
        ? result.map((info) => this.settled(info, doings))
        : this.settled(result, doings);
      return settled as R;
    } catch (thrown) {
      for (const dataId of doings.shared) this.decRef(dataId);
      for (const dataId of doings.made) this.disposeData(dataId, true);
      throw thrown;
    } finally {
      this.doings = outer;
    }
  }

  /** A result that is data written in place (a clone, a reshaped form) gets data of its own over the same memory. */
  private settled(info: tf.TensorInfo, { made }: Doings): tf.TensorInfo {
    const shared = this.record(info);
    if (shared?.inPlace !== true || made.includes(info.dataId)) return info;
    const { values, dtype, chunk } = shared;
    const data: Data = { values: values!, dtype, refCount: 1, ...this.joining(chunk) };
    this.inPlace.lend(placeOf(shared), data);
    this.disposeData(info.dataId);
    if (chunk == null) this.noteAlias(values);
    return { ...info, dataId: this.keep(data) };
  }

  /** Marks a tensor as one that kernels write in place. */
  noteInPlace(info: tf.TensorInfo): void {
    this.values(info);
    const data = this.record(info);
    this.inPlace.giveBack(data);
    // An array that a reader has keeps its values.
    if (data.inPlace !== true && data.read === true) data.values = (data.values as Numbers).slice();
    data.inPlace = true;
    this.inPlace.note(placeOf(data));
  }

  /** A tensor over part of another's memory, to be written in place as that one. */
  viewed(info: tf.TensorInfo, offset: number, shape: readonly number[]): tf.TensorInfo {
    this.noteInPlace(info);
    const { dtype, chunk } = this.record(info);
    const values = this.values<Numbers>(info).subarray(offset, offset + sizeOf(shape));
    if (chunk == null) this.noteAlias(values);
    const data: Data = { values, dtype, refCount: 1, inPlace: true, ...this.joining(chunk) };
    this.inPlace.note(placeOf(data));
    return { dataId: this.keep(data), shape: [...shape], dtype };
  }

  /** The tensor's memory, to be written in place: what was read or cloned before keeps its values. */
  writable<T extends Numbers = Float32Array>(info: tf.TensorInfo): T {
    const data = this.record(info);
    if (data.lent == null) {
      this.noteInPlace(info);
      const values = this.values<T>(info);
      this.inPlace.beforeWrite(placeOf(data), values);
      this.beforeWrite(placeOf(data));
      return values;
    }
    this.values(info);
    this.inPlace.copy(data);
    return this.writable(info);
  }

  override incRef(dataId: object): void {
    super.incRef(dataId);
    this.doings?.shared.push(dataId);
  }

  override move(
    dataId: object,
    values: tf.backend_util.BackendValues,
    _shape: number[],
    dtype: tf.DataType,
    refCount: number,
  ): void {
    this.noteAlias(values);
    // What another backend hands over it may have handed to a reader, too.
    const own = this.inHeap(values) ? (values as Numbers).slice() : values;
    const data: Data = { values: own, dtype, refCount, read: true };
    this.data.set(dataId, data as ReturnType<typeof this.data.get>);
  }

  /**
   * A copy of what lies in the heap, is written in place, or was given by the program. Of a result that lies elsewhere
   * the live array: it is the caller's from now on as well, so its memory is never recycled, and copied before it is
   * first written in place.
   */
  override readSync(dataId: object): tf.backend_util.BackendValues {
    const data = this.data.get(dataId) as Data;
    const { block, inPlace, lent, given, values } = data;
    if (this.inHeap(values) || inPlace === true || lent != null) return (values as Numbers).slice();
    if (given === true && ArrayBuffer.isView(values)) return (values as Numbers).slice();
    if (block != null) this.pool.release(block);
    data.read = true;
    return super.readSync(dataId);
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const data = this.data.get(dataId) as Data;
    const gone = super.disposeData(dataId, force);
    if (!gone) {
      const last = this.doings?.shared.lastIndexOf(dataId) ?? -1;
      if (last >= 0) this.doings!.shared.splice(last, 1);
      return false;
    }
    if (data.block != null) this.pool.give(data.block);
    this.inPlace.giveBack(data);
    this.leave(data);
    this.afterDisposal(dataId);
    return true;
  }

  /** The tensor's values as the typed array of its dtype, in memory that does not move. */
  values<T extends Numbers = Float32Array>(info: tf.TensorInfo): T {
    const data = this.record(info);
    let values = data.values as Numbers;
    const array = ARRAYS[info.dtype as NumericType];
    if (values[Symbol.toStringTag] !== array.name) {
      values = array.from(values as ArrayLike<number>);
      data.values = values;
    }
    // Asking for the buffer of a small array moves it off the JavaScript heap for good.
    if (values.byteLength <= 64) void values.buffer;
    return values as T;
  }

  /** A new tensor over uninitialised memory. */
  fresh<T extends Numbers = Float32Array>(
    shape: readonly number[],
    dtype: NumericType = 'float32',
  ): Fresh<T> {
    const size = sizeOf(shape);
    const array = ARRAYS[dtype];
    const bytes = size * array.BYTES_PER_ELEMENT;
    const chunk = this.heap?.take(bytes);
    if (chunk != null) {
      const values = new array(this.heap!.buffer as ArrayBuffer, chunk.start, size) as T;
      const dataId = this.keep({ values, dtype, refCount: 1, chunk });
      return { info: { dataId, shape: shape as number[], dtype }, values };
    }
    if (bytes < POOLED_BYTES) {
      const values = new array(new ArrayBuffer(Math.max(bytes, 72)), 0, size) as T;
      const dataId = this.keep({ values, dtype, refCount: 1 });
      return { info: { dataId, shape: shape as number[], dtype }, values };
    }
    const block = this.take(bytes, shape);
    const values = new array(block.buffer, 0, size) as T;
    const dataId = this.keep({ values, dtype, refCount: 1, block });
    return { info: { dataId, shape: shape as number[], dtype }, values };
  }

  private take(bytes: number, shape: readonly number[]): Block {
    const attempt = (): Block => {
      const block = this.pool.take(bytes);
      this.blocks.set(block.buffer, block);
      return block;
    };
    try {
      return attempt();
    } catch {
      this.pool.clear();
    }
    try {
      return attempt();
    } catch {
      throw new OnnxRuntimeError(
        `No memory for a tensor of shape [${shape}] (${bytes} bytes). Use smaller batches, dispose tensors (tf.tidy), or give the process more memory.`,
      );
    }
  }

  /** Another tensor over the same data. */
  share(info: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
    this.incRef(info.dataId);
    return { dataId: info.dataId, shape: shape as number[], dtype: info.dtype };
  }
}
