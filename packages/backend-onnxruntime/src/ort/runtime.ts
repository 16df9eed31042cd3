import { OnnxRuntimeError } from '../errors';
import type { OrtTable, Pointer } from './entries';
import type { LoadedLibrary } from './table';

/** ONNX element types used here (`TensorProto.DataType`, which the C API shares). */
export const FLOAT = 1;
export const UINT8 = 2;
export const INT8 = 3;
export const INT32 = 6;
export const INT64 = 7;
export const BOOL = 9;
export type ElementType =
  | typeof FLOAT
  | typeof UINT8
  | typeof INT8
  | typeof INT32
  | typeof INT64
  | typeof BOOL;

/** Memory that stands for a tensor during one run. Its bytes are read or written in place. */
export interface Operand {
  readonly data: ArrayBufferView;
  readonly shape: readonly number[];
  readonly type: ElementType;
}

/** An opaque `OrtSession *`. */
export type Session = bigint;

/** How one session computes. */
export interface SessionOptions {
  /** Threads an operator may use: 1, or more for the process's shared pool. */
  readonly threads: number;
}

const MAX_OPERANDS = 64;
const MAX_RANK = 16;
/** Errors arrive as messages of exceptions; printing them as well would only repeat them. */
const LOG_FATAL_ONLY = 4;
const DEVICE_ALLOCATOR = 0;
const ARENA_ALLOCATOR = 1;
const AS_REQUESTED = 1;
const DEFAULT_MEMORY = 0;
const ALL_OPTIMISATIONS = 99;

/** Graph inputs are called i0, i1, ..., outputs o0, o1, ... in every model of this package. */
export const inputName = (index: number): string => `i${index}`;
export const outputName = (index: number): string => `o${index}`;

/** Memory that never moves: small typed arrays made by length alone may lie on the JavaScript heap. */
const fixed = (bytes: number): ArrayBuffer => new ArrayBuffer(Math.max(bytes, 72));

/**
 * ONNX Runtime as this package uses it: an environment with one pool of threads shared by all sessions, sessions
 * from models in memory, and runs over memory that JavaScript owns (nothing is copied in or out).
 */
export class Runtime {
  private readonly table: OrtTable;
  private readonly environment: bigint;
  private readonly memoryInfo: bigint;
  /** The C strings that the two tables point at: kept as long as the runtime. */
  readonly names: readonly Uint8Array[];
  private readonly inputNames: BigUint64Array;
  private readonly outputNames: BigUint64Array;
  private readonly values = new BigUint64Array(fixed(8 * MAX_OPERANDS));
  private readonly slots: readonly BigUint64Array[];
  private readonly dims = new Int32Array(fixed(8 * MAX_RANK));

  /**
   * @param library the bound library, kept for life.
   * @param addressOf gives the address of memory (koffi's).
   * @param threads size of the shared pool, the calling thread included. The first runtime of a process decides.
   * @throws OnnxRuntimeError where the library refuses.
   */
  constructor(
    readonly library: LoadedLibrary,
    addressOf: (memory: ArrayBufferView) => bigint,
    threads: number,
  ) {
    this.table = library.table;
    this.slots = Array.from(
      { length: MAX_OPERANDS },
      (_, i) => new BigUint64Array(this.values.buffer, 8 * i, MAX_OPERANDS - i),
    );
    this.environment = this.createEnvironment(threads);
    this.shareArena();
    this.memoryInfo = this.create((out) =>
      this.table.CreateCpuMemoryInfo(DEVICE_ALLOCATOR, DEFAULT_MEMORY, out),
    );
    const encoder = new TextEncoder();
    const names: Uint8Array[] = [];
    const pointers = (name: (index: number) => string): BigUint64Array => {
      const out = new BigUint64Array(fixed(8 * MAX_OPERANDS));
      for (let i = 0; i < MAX_OPERANDS; i++) {
        const text = new Uint8Array(fixed(16));
        text.set(encoder.encode(name(i)));
        names.push(text);
        out[i] = addressOf(text);
      }
      return out;
    };
    this.inputNames = pointers(inputName);
    this.outputNames = pointers(outputName);
    this.names = names;
  }

  /** Throws the message of a status that is not null. */
  private check(status: bigint | string | null): void {
    if (status == null) return;
    const message = String(this.table.GetErrorMessage(status));
    this.table.ReleaseStatus(status);
    throw new OnnxRuntimeError(`ONNX Runtime: ${message}`);
  }

  private create(make: (out: Pointer) => bigint | string | null): bigint {
    const out = new BigUint64Array(fixed(8));
    this.check(make(out));
    return out[0]!;
  }

  /** The environment belongs to the process and is never released: sessions of other threads may use it. */
  private createEnvironment(threads: number): bigint {
    const { table } = this;
    const options = this.create((out) => table.CreateThreadingOptions(out));
    this.check(table.SetGlobalIntraOpNumThreads(options, threads));
    this.check(table.SetGlobalInterOpNumThreads(options, 1));
    this.check(table.SetGlobalSpinControl(options, 0));
    const environment = this.create((out) =>
      table.CreateEnvWithGlobalThreadPools(LOG_FATAL_ONLY, 'steadyformer', options, out),
    );
    table.ReleaseThreadingOptions(options);
    return environment;
  }

  /**
   * One arena holds the temporaries of all sessions and grows by what is asked for. With an arena each, growing by
   * powers of two, a training process of 2.5 GB was 40 MB larger.
   */
  private shareArena(): void {
    const { table } = this;
    const info = this.create((out) => table.CreateCpuMemoryInfo(ARENA_ALLOCATOR, DEFAULT_MEMORY, out));
    const settings = this.create((out) => table.CreateArenaCfg(0, AS_REQUESTED, -1, -1, out));
    const status = table.CreateAndRegisterAllocator(this.environment, info, settings);
    // Another thread of the process may have registered it before.
    if (status != null) table.ReleaseStatus(status);
    table.ReleaseArenaCfg(settings);
  }

  /** @throws OnnxRuntimeError where the model is not valid. */
  createSession(model: Uint8Array, { threads }: SessionOptions): Session {
    const { table } = this;
    const options = this.create((out) => table.CreateSessionOptions(out));
    try {
      this.check(table.DisableMemPattern(options));
      this.check(table.SetSessionGraphOptimizationLevel(options, ALL_OPTIMISATIONS));
      this.check(table.AddSessionConfigEntry(options, 'session.intra_op.allow_spinning', '0'));
      this.check(table.AddSessionConfigEntry(options, 'session.use_env_allocators', '1'));
      if (threads > 1) this.check(table.DisablePerSessionThreads(options));
      else this.check(table.SetIntraOpNumThreads(options, threads));
      return this.create((out) =>
        table.CreateSessionFromArray(this.environment, model, model.length, options, out),
      );
    } finally {
      table.ReleaseSessionOptions(options);
    }
  }

  /** Tells sessions of this library from those of another. */
  get releaser(): bigint {
    return this.library.releaser;
  }

  releaseSession(session: Session): void {
    this.table.ReleaseSession(session);
  }

  /** Puts an OrtValue over the operand's memory into a slot. */
  private wrap(slot: number, { data, shape, type }: Operand): void {
    const rank = shape.length;
    if (rank > MAX_RANK) throw new OnnxRuntimeError(`Rank ${rank} is above the maximum of ${MAX_RANK}`);
    // int64 dimensions, each written as two 32-bit words.
    for (let i = 0; i < rank; i++) {
      this.dims[2 * i] = shape[i]!;
      this.dims[2 * i + 1] = Math.floor(shape[i]! / 2 ** 32);
    }
    this.check(
      this.table.CreateTensorWithDataAsOrtValue(
        this.memoryInfo,
        data,
        data.byteLength,
        this.dims,
        rank,
        type,
        this.slots[slot]!,
      ),
    );
  }

  /**
   * Runs a session: input k of the model reads `inputs[k]`, output k writes `outputs[k]`.
   *
   * @throws OnnxRuntimeError with ONNX Runtime's message, e.g. where a shape does not fit.
   */
  run(session: Session, inputs: readonly Operand[], outputs: readonly Operand[]): void {
    const m = inputs.length;
    const n = outputs.length;
    let made = 0;
    try {
      for (; made < m; made++) this.wrap(made, inputs[made]!);
      for (; made < m + n; made++) this.wrap(made, outputs[made - m]!);
      this.check(
        this.table.Run(session, null, this.inputNames, this.values, m, this.outputNames, n, this.slots[m]!),
      );
    } finally {
      for (let i = 0; i < made; i++) this.table.ReleaseValue(this.values[i]!);
    }
  }
}
