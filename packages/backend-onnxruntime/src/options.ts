import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { OnnxRuntimeError } from './errors';

export type KernelChoice = 'wasm' | 'graph';

/** Options of the backend. They take effect when the backend starts: at the first `setBackend` or op. */
export interface Options {
  /** Threads an operation may use. Default: `STEADYFORMER_THREADS`, else the number of cores. */
  readonly threads?: number;
  /** Path of another ONNX Runtime library. Default: `STEADYFORMER_ONNXRUNTIME`, else the one of an installed package. */
  readonly libraryPath?: string;
  /** Most bytes of freed tensors kept for reuse. Default: 8 GiB, of which the heap that kernels see holds up to 4. */
  readonly poolBytes?: number;
  /**
   * What computes beside the products: 'wasm', kernels in WebAssembly, where the engine has shared memory and 128-bit
   * vectors, or 'graph', programs of ONNX Runtime alone. Default: `STEADYFORMER_KERNELS`, else 'wasm'.
   */
  readonly kernels?: KernelChoice;
  /**
   * The library that multiplies matrices beside ONNX Runtime: 'auto', Accelerate or MKL where one is found and measured to be
   * faster; 'none'; or the path of one with `cblas_sgemm`, which then makes every product of two matrices. Default:
   * `STEADYFORMER_BLAS`, else 'auto'.
   */
  readonly blas?: string;
  /** Run even tiny tensors through ONNX Runtime, for tests. Default: false. */
  readonly forceNative?: boolean;
}

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly threads: number;
  readonly libraryPath: string | undefined;
  readonly poolBytes: number;
  readonly kernels: KernelChoice;
  /** 'auto', 'none', or an absolute path. */
  readonly blas: string;
  readonly forceNative: boolean;
}

const ALLOWED = ['threads', 'libraryPath', 'poolBytes', 'kernels', 'blas', 'forceNative'];
const POOL_BYTES = 8 * 2 ** 30;

/** A value as a message quotes it: short, whatever it is. */
const show = (value: unknown): string => {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = typeof value === 'function' ? 'a function' : String(value);
  return text.length > 100 ? `${text.slice(0, 100)}... (${text.length} characters)` : text;
};

const check = <T>(what: string, value: T, allowed: string, valid: boolean): T => {
  if (valid) return value;
  throw new OnnxRuntimeError(`${what}: received ${show(value)}, allowed ${allowed}.`);
};

const whole = (what: string, value: number, minimum: number): number =>
  check(what, value, `whole numbers >= ${minimum}`, Number.isSafeInteger(value) && value >= minimum);

const isKernelChoice = (value: unknown): value is KernelChoice => value === 'wasm' || value === 'graph';

const kernelChoice = (option: KernelChoice | undefined, variable: string | undefined): KernelChoice => {
  const [what, value] = option != null ? ['kernels', option] : ['STEADYFORMER_KERNELS', variable || 'wasm'];
  check(what!, value, "'wasm', 'graph'", isKernelChoice(value));
  return value as KernelChoice;
};

const blasChoice = (option: unknown, variable: string | undefined): string => {
  const value = option ?? (variable || 'auto');
  const isText = typeof value === 'string' && value !== '';
  const blas = check('blas', value as string, "'auto', 'none', the path of a library", isText);
  return blas === 'auto' || blas === 'none' ? blas : resolve(blas);
};

/** Whether a value is a plain record of options. */
const isRecord = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The prototype of records ends the chain, in whatever realm they were made.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

/**
 * Fills in defaults from the environment.
 *
 * @throws OnnxRuntimeError on an unknown option or a value out of range.
 */
export const resolveOptions = (
  options: Options,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ResolvedOptions => {
  check('configure', options, `an object of ${ALLOWED.join(', ')}`, isRecord(options));
  for (const key of Object.keys(options)) {
    if (!ALLOWED.includes(key)) {
      throw new OnnxRuntimeError(`configure: unknown option '${show(key)}'. Allowed: ${ALLOWED.join(', ')}.`);
    }
  }
  const { libraryPath, forceNative } = options;
  const isPath = libraryPath == null || (typeof libraryPath === 'string' && libraryPath !== '');
  check('libraryPath', libraryPath, 'the path of a library', isPath);
  const isFlag = forceNative == null || typeof forceNative === 'boolean';
  check('forceNative', forceNative, 'true, false', isFlag);
  const threads = environment.STEADYFORMER_THREADS;
  return {
    threads:
      options.threads != null
        ? whole('threads', options.threads, 1)
        : threads != null && threads !== ''
          ? whole('STEADYFORMER_THREADS', Number(threads), 1)
          : availableParallelism(),
    libraryPath: options.libraryPath ?? environment.STEADYFORMER_ONNXRUNTIME,
    poolBytes: whole('poolBytes', options.poolBytes ?? POOL_BYTES, 0),
    kernels: kernelChoice(options.kernels, environment.STEADYFORMER_KERNELS),
    blas: blasChoice(options.blas, environment.STEADYFORMER_BLAS),
    forceNative: options.forceNative ?? environment.STEADYFORMER_FORCE_NATIVE === '1',
  };
};
