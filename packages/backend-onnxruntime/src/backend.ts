import type * as tf from '@tensorflow/tfjs';
import type { BlasChoice } from './blas/choose';
import { formOf, multiply } from './blas/product';
import { NativeCalls, type NativeOperands } from './memory/nativeCall';
import { type Numbers, type NumericType, sizeOf } from './memory/numbers';
import { PackedWeights } from './memory/packedWeights';
import type { PoolStatistics } from './memory/pool';
import { TensorMemory } from './memory/tensorMemory';
import type { Graph } from './onnx/graph';
import type { ResolvedOptions } from './options';
import { BOOL, type ElementType, FLOAT, INT32, type Operand, type Runtime, UINT8 } from './ort/runtime';
import type { SessionCache } from './sessions';

import type { Kernels } from './wasm/kernels';

export { type Numbers, type NumericType, sizeOf } from './memory/numbers';
export type { Fresh } from './memory/tensorMemory';

/** What an output of a program is to be. */
export interface OutputSpec {
  readonly shape: readonly number[];
  readonly dtype?: NumericType;
  /** The shape that the program itself gives, where it differs (same size). */
  readonly graphShape?: readonly number[];
  /** A tensor of that shape to be written in place: the output is then an empty one. */
  readonly into?: tf.TensorInfo | undefined;
}

/** Element operations above which a program may use all threads: about 15 microseconds of work on one. */
const PARALLEL_WORK = 1 << 17;

const ELEMENT: Readonly<Record<NumericType, ElementType>> = { float32: FLOAT, int32: INT32, bool: BOOL };

/** Multiplications that count as one element operation: a core does about 64 of them in that time. */
export const PRODUCTS_PER_WORK = 32;

/** Which sides of a product are read transposed. */
export interface Transposition {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

interface MemoryReport {
  unreliable: boolean;
  reasons: string[];
  pool: PoolStatistics;
  /** How many programs were built. */
  programs: number;
  /** How many programs hold a weight. */
  weights: number;
}

/** The tfjs backend: kernels of this package hand the tensors' own memory to ONNX Runtime. */
export class OnnxRuntimeBackend extends TensorMemory {
  /** As @steadyformer/core asks: reading a tensor costs nothing, and one made of an array lies over it, shared or not. */
  readonly steadyCapabilities = { hostMemory: true, adoptsMemory: true } as const;

  private readonly natives: NativeCalls | undefined;
  private readonly packed: PackedWeights;

  constructor(
    private readonly runtime: Runtime,
    private readonly sessions: SessionCache,
    readonly options: ResolvedOptions,
    private readonly products: BlasChoice,
  ) {
    super(options.poolBytes);
    this.packed = new PackedWeights(sessions);
    this.natives = options.kernels === 'wasm' ? NativeCalls.create(this.heap) : undefined;
  }

  override memory(): MemoryReport {
    const { sessions, packed } = this;
    const counts = { programs: sessions.size, weights: packed.size };
    return { unreliable: false, reasons: [], pool: this.poolMemory(), ...counts };
  }

  /** Drops all free blocks of the pool and releases the sessions. */
  override dispose(): void {
    this.pool.clear();
    this.packed.clear();
    this.sessions.clear();
  }

  protected override beforeWrite(place: object): void {
    this.packed.dropAt(place);
  }

  protected override afterDisposal(dataId: object): void {
    this.packed.drop(dataId);
  }

  /** The tensor as an operand of a program, seen in another shape of the same size where one is given. */
  operand(info: tf.TensorInfo, shape: readonly number[] = info.shape): Operand {
    return { data: this.values<Numbers>(info), shape, type: ELEMENT[info.dtype as NumericType] };
  }

  /** A number as an operand: programs take numbers that vary at run time as inputs. */
  scalar(value: number): Operand {
    const data = this.scratch(1);
    data[0] = value;
    return { data, shape: [], type: FLOAT };
  }

  /** Memory for a call's own small needs, left to the garbage collector. */
  scratch(size: number): Float32Array {
    return new Float32Array(new ArrayBuffer(Math.max(4 * size, 72)), 0, size);
  }

  /** The tensor's bits as operand of a program that only moves elements: float for 32-bit types, bytes for bool. */
  bits(info: tf.TensorInfo, shape: readonly number[] = info.shape): Operand {
    return { data: this.values<Numbers>(info), shape, type: info.dtype === 'bool' ? UINT8 : FLOAT };
  }

  /** As @steadyformer/core asks: tensors are going to lie over this memory, which threads may share. */
  steadyMemory(memory: WebAssembly.Memory): void {
    this.natives?.adopt(memory);
  }

  /** Whether kernels in WebAssembly run at all. */
  get hasNatives(): boolean {
    return this.natives !== undefined;
  }

  /**
   * Runs a kernel in WebAssembly on memory of tensors.
   *
   * @returns false, with nothing done, where there are none or no room: a program does the work then.
   */
  native(operands: NativeOperands, run: (kernels: Kernels, at: (array: Numbers) => number) => void): boolean {
    return this.natives?.call(operands, run) === true;
  }

  /** How many threads work of so many element operations may use. */
  private threadsFor(work: number): number {
    return work > PARALLEL_WORK ? this.options.threads : 1;
  }

  /** Whether a BLAS makes products, or some. */
  get hasBlas(): boolean {
    return this.products.blas !== undefined;
  }

  /**
   * op(a) op(b) of two float matrices by the BLAS, read where they lie, as a new tensor (its shape [m, n], where none is
   * given) or where the output says.
   *
   * @returns undefined, with nothing done, where there is none or this product is ONNX Runtime's.
   */
  blasProduct(
    a: Operand,
    b: Operand,
    { transposeA, transposeB }: Transposition,
    { shape, into }: Partial<OutputSpec> = {},
  ): tf.TensorInfo | undefined {
    const { blas, takes } = this.products;
    if (blas === undefined || a.shape.length !== 2 || b.shape.length !== 2) return undefined;
    const [m, k] = (transposeA ? [a.shape[1]!, a.shape[0]!] : a.shape) as [number, number];
    const n = b.shape[transposeB ? 0 : 1]!;
    const form = formOf(transposeA, transposeB);
    const threads = this.threadsFor((m * n * k) / PRODUCTS_PER_WORK);
    const least = Math.min(m, n, k);
    if (least === 0 || !takes(form, threads, least)) return undefined;
    const { info, values } = this.fresh(into == null ? (shape ?? [m, n]) : [0]);
    const c = into == null ? values : this.writable<Float32Array>(into);
    blas.useThreads(threads);
    multiply(blas, { form, m, n, k, a: a.data as Float32Array, b: b.data as Float32Array, c });
    return info;
  }

  /** Runs program `key` (described by `build` when first needed). `work` counts element operations. */
  execute(
    key: string,
    build: () => Graph,
    inputs: readonly Operand[],
    outputs: readonly Operand[],
    work: number,
  ): void {
    const session = this.sessions.get(key, this.threadsFor(work), build);
    this.runtime.run(session, inputs, outputs);
  }

  /** Runs a program that holds the weight, in the form `key` that `build` describes, into a new tensor. */
  computeWith(
    weight: tf.TensorInfo,
    key: string,
    build: () => Graph,
    inputs: readonly Operand[],
    { shape, graphShape = shape }: OutputSpec,
    work: number,
  ): tf.TensorInfo {
    const threads = this.threadsFor(work);
    const place = this.placeOf(weight);
    const session = this.packed.get(weight.dataId, place, key, threads, () => build().model());
    const { info, values } = this.fresh(shape);
    try {
      this.runtime.run(session, inputs, [{ data: values, shape: graphShape, type: FLOAT }]);
    } catch (thrown) {
      this.disposeData(info.dataId);
      throw thrown;
    }
    return info;
  }

  /** Runs a program into new tensors, or into those that the outputs name. */
  compute(
    key: string,
    build: () => Graph,
    inputs: readonly Operand[],
    outputs: readonly OutputSpec[],
    work: number = sizeOf(outputs[0]!.shape),
  ): tf.TensorInfo[] {
    const made = outputs.map(({ shape, dtype, into }) => this.fresh(into == null ? shape : [0], dtype));
    const operands = made.map(({ values, info }, i) => ({
      data: outputs[i]!.into == null ? values : this.writable<Numbers>(outputs[i]!.into),
      shape: outputs[i]!.graphShape ?? outputs[i]!.shape,
      type: ELEMENT[info.dtype as NumericType],
    }));
    try {
      this.execute(key, build, inputs, operands, work);
    } catch (thrown) {
      for (const { info } of made) this.disposeData(info.dataId);
      throw thrown;
    }
    return made.map(({ info }) => info);
  }

  /** `compute` for one output. */
  computeOne(
    key: string,
    build: () => Graph,
    inputs: readonly Operand[],
    output: OutputSpec,
    work?: number,
  ): tf.TensorInfo {
    return this.compute(key, build, inputs, [output], work)[0]!;
  }
}
