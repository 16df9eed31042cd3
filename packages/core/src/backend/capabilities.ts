import * as tf from '@tensorflow/tfjs';

/**
 * What a backend can beside its kernels, as far as core asks. A backend states it in the field `steadyCapabilities` of
 * its object (the one that it registers with `tf.registerBackend`), which takes no import of ours:
 *
 *     class MyBackend extends KernelBackend {
 *       readonly steadyCapabilities = { hostMemory: true };
 *     }
 *
 * What is not stated has the value that is right for any backend, if not the fastest. `opCases` of
 * `@steadyformer/core/testing` finds a statement that is none of these.
 */
export interface Capabilities {
  /**
   * Tensors' values lie in memory of this process: `dataSync()` moves nothing and waits for nothing. Default false:
   * values are then read only where a caller asks for them.
   */
  readonly hostMemory: boolean;
  /**
   * A tensor made of a typed array lies over that array, also one of a SharedArrayBuffer: kernels in place write into
   * it, and threads that share it see that. Default false.
   */
  readonly adoptsMemory: boolean;
  /** `tf.matMul` takes a transposed side at no cost. Default true; where false, sides are transposed before. */
  readonly transposedProducts: boolean;
  /** Sums over the first axis are as fast as products. Default true; where false, rows are summed by a product. */
  readonly firstAxisSums: boolean;
}

/** What holds of a backend that does not say otherwise. */
export const UNSTATED: Capabilities = {
  hostMemory: false,
  adoptsMemory: false,
  transposedProducts: true,
  firstAxisSums: true,
};

/**
 * tfjs's own backends, which state nothing. cpu keeps JavaScript arrays as they come; wasm has a memory of its own, and
 * reaches its fast products (XNNPACK) only for plain 2-D ones. Those on a device are as an unknown one.
 */
const ofTfjs = (name: string): Partial<Capabilities> | undefined => {
  if (name === 'cpu') return { hostMemory: true, adoptsMemory: true };
  if (name === 'wasm') return { hostMemory: true, transposedProducts: false, firstAxisSums: false };
  return undefined;
};

/** What a backend's object states. */
export const statedBy = (backend: object): Partial<Capabilities> | undefined =>
  (backend as { readonly steadyCapabilities?: Partial<Capabilities> }).steadyCapabilities;

/** Whether the active backend has the capability. */
export const can = (capability: keyof Capabilities): boolean =>
  statedBy(tf.backend())?.[capability] ?? ofTfjs(tf.getBackend())?.[capability] ?? UNSTATED[capability];

/** The values of a tensor where they are at hand: in memory of this process, or not yet handed to a device. */
export const valuesAtHand = (x: tf.Tensor): ArrayLike<number> | undefined => {
  if (can('hostMemory')) return x.dataSync();
  const { tensorMap, texData } = tf.backend() as unknown as DeviceBackend;
  const values = (tensorMap ?? texData)?.get?.(x.dataId)?.values;
  return ArrayBuffer.isView(values) ? (values as unknown as ArrayLike<number>) : undefined;
};

/** Where backends on a device, tfjs's and those derived from them, keep what they have not handed to it. */
interface DeviceBackend {
  readonly tensorMap?: HostValues;
  readonly texData?: HostValues;
}
interface HostValues {
  get?(id: object): { readonly values?: unknown } | undefined;
}

/**
 * Tells the active backend of a memory that tensors are going to lie over, so that its kernels in WebAssembly can run on
 * it. A backend that has such kernels has a method `steadyMemory` beside `steadyCapabilities`.
 */
export const tellOfMemory = (memory: WebAssembly.Memory): void =>
  (tf.backend() as { readonly steadyMemory?: (memory: WebAssembly.Memory) => void }).steadyMemory?.(memory);

/** What a backend says of several processes of one program. */
export interface BackendProcesses {
  /** How many devices there are, of which a process takes one; undefined where all compute on the machine's processors. */
  readonly devices?: number | undefined;
  /** Environment variables that process `rank` of `count` is to start with, to have its device or its processors. */
  environment(rank: number, count: number): Readonly<Record<string, string>>;
}

/** What the active backend states in the field `steadyProcesses` beside `steadyCapabilities`; undefined where nothing. */
export const processesOf = (): BackendProcesses | undefined =>
  (tf.backend() as { readonly steadyProcesses?: BackendProcesses }).steadyProcesses;
