import koffi from 'koffi';
import { locateLibrary } from '../../../packages/backend-onnxruntime/src/ort/locate';
import { model, type Node, type OneNode, oneNodeModel } from './model';

/** How a bare session computes. */
export interface BareOptions {
  readonly threads: number;
  /** Whether waiting threads spin. */
  readonly spinning: boolean;
}

/** A prepared call: operands bound to memory, nothing made or released per run. */
export interface BareCall {
  (): void;
  /** ONNX Runtime does not keep the memory of its operands; the call does. */
  readonly operands: readonly Matrix[];
}

/** A float array seen as a tensor. */
export interface Matrix {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Position of an entry in OrtApi (onnxruntime_c_api.h) and the types of its arguments. */
const ENTRIES = {
  getErrorMessage: [2, 'const char *', ['void *']],
  createEnv: [3, 'void *', ['int', 'const char *', 'void *']],
  createSessionFromArray: [8, 'void *', ['void *', 'void *', 'size_t', 'void *', 'void *']],
  run: [9, 'void *', ['void *', 'void *', 'void *', 'void *', 'size_t', 'void *', 'size_t', 'void *']],
  createSessionOptions: [10, 'void *', ['void *']],
  setIntraOpNumThreads: [24, 'void *', ['void *', 'int']],
  createTensorWithData: [49, 'void *', ['void *', 'void *', 'size_t', 'void *', 'size_t', 'int', 'void *']],
  createCpuMemoryInfo: [69, 'void *', ['int', 'int', 'void *']],
  addSessionConfigEntry: [130, 'void *', ['void *', 'const char *', 'const char *']],
} as const;

type Name = keyof typeof ENTRIES;
type Argument = bigint | number | string | ArrayBufferView | null;
type Function = (...args: Argument[]) => bigint | string | null;

const FLOAT = 1;
const WARNINGS = 2;
const ERRORS = WARNINGS + 1;

/** A pointer-sized cell, large enough not to lie on the JavaScript heap, where it could move. */
const cell = (): BigUint64Array => new BigUint64Array(new ArrayBuffer(128), 0, 1);

/**
 * ONNX Runtime with nothing around it: the yardstick for our backend, and the bound of what products can cost.
 * Written apart from the backend, so that it stays what it is when the backend changes; the library is the same one.
 */
export class BareRuntime {
  readonly version: string;
  /** Referenced for life: koffi unloads a library that is collected. */
  private readonly library: ReturnType<typeof koffi.load>;
  private readonly api: Readonly<Record<Name, Function>>;
  private readonly environment: bigint;
  private readonly memoryInfo: bigint;
  private readonly names: readonly Uint8Array[];
  private readonly inputNames: BigUint64Array;
  private readonly outputNames: BigUint64Array;

  constructor() {
    this.library = koffi.load(locateLibrary(process.env.STEADYFORMER_ONNXRUNTIME));
    const base = this.library.func('OrtGetApiBase', 'void *', [])() as unknown;
    const [getApi, getVersion] = koffi.decode(base, koffi.array('void *', 2)) as unknown as [bigint, bigint];
    this.version = koffi.call(getVersion, koffi.proto('const char *', [])) as string;
    const table = koffi.call(getApi, koffi.proto('void *', ['uint32_t']), 17) as unknown;
    const pointers = koffi.decode(table, koffi.array('void *', 131)) as unknown as bigint[];
    this.api = Object.fromEntries(
      Object.entries(ENTRIES).map(([name, [at, result, args]]) => [
        name,
        koffi.decode(pointers[at], koffi.proto(result, [...args])) as Function,
      ]),
    ) as Record<Name, Function>;
    this.environment = this.make('createEnv', ERRORS, 'bare');
    this.memoryInfo = this.make('createCpuMemoryInfo', 0, 0);
    this.names = ['a', 'b', 'y'].map((name) => {
      const text = new Uint8Array(new ArrayBuffer(128));
      text.set(new TextEncoder().encode(name));
      return text;
    });
    const [a, b, y] = this.names.map((name) => koffi.address(name)) as [bigint, bigint, bigint];
    this.inputNames = new BigUint64Array(new ArrayBuffer(128), 0, 2);
    this.inputNames.set([a, b]);
    this.outputNames = cell();
    this.outputNames[0] = y;
  }

  private check(status: bigint | string | null): void {
    if (status != null) throw new Error(`ONNX Runtime: ${this.api.getErrorMessage(status)}`);
  }

  /** Calls an entry whose last argument is where to write a pointer. */
  private make(name: Name, ...args: Argument[]): bigint {
    const out = cell();
    this.check(this.api[name](...args, out));
    return out[0]!;
  }

  /** A session of one node or several, to be kept for the life of the process. */
  session(nodes: OneNode | readonly Node[], { threads, spinning }: BareOptions): bigint {
    const bytes = 'operator' in nodes ? oneNodeModel(nodes) : model(nodes);
    const options = this.make('createSessionOptions');
    this.check(this.api.setIntraOpNumThreads(options, threads));
    this.check(
      this.api.addSessionConfigEntry(options, 'session.intra_op.allow_spinning', spinning ? '1' : '0'),
    );
    return this.make('createSessionFromArray', this.environment, bytes, bytes.length, options);
  }

  private tensor({ data, shape }: Matrix): bigint {
    const dims = new BigInt64Array(new ArrayBuffer(128), 0, shape.length);
    dims.set(shape.map(BigInt));
    return this.make(
      'createTensorWithData',
      this.memoryInfo,
      data,
      data.byteLength,
      dims,
      shape.length,
      FLOAT,
    );
  }

  /** Binds y := node(a, b). ONNX Runtime reads and writes the memory in place. */
  prepare(session: bigint, a: Matrix, b: Matrix, y: Matrix): BareCall {
    const inputs = new BigUint64Array(new ArrayBuffer(128), 0, 2);
    inputs.set([this.tensor(a), this.tensor(b)]);
    const outputs = cell();
    outputs[0] = this.tensor(y);
    const { run } = this.api;
    const call = (): void =>
      this.check(run(session, null, this.inputNames, inputs, 2, this.outputNames, 1, outputs));
    return Object.assign(call, { operands: [a, b, y] });
  }
}
