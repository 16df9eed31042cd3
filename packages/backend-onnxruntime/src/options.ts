import { availableParallelism } from 'node:os';
import { OnnxRuntimeError } from './errors';

/** Options of the backend. They take effect when the backend starts: at the first `setBackend` or op. */
export interface Options {
  /** Threads an operation may use. Default: `STEADYFORMER_THREADS`, else the number of cores. */
  readonly threads?: number;
  /** Path of another ONNX Runtime library. Default: `STEADYFORMER_ONNXRUNTIME`, else the one of an installed package. */
  readonly libraryPath?: string;
  /** Most bytes of freed tensors kept for reuse. Default: 8 GiB; the pool also never exceeds 1.15 of the peak in use. */
  readonly poolBytes?: number;
  /** Run even tiny tensors through ONNX Runtime, for tests. Default: false. */
  readonly forceNative?: boolean;
}

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly threads: number;
  readonly libraryPath: string | undefined;
  readonly poolBytes: number;
  readonly forceNative: boolean;
}

const ALLOWED = ['threads', 'libraryPath', 'poolBytes', 'forceNative'];
const POOL_BYTES = 8 * 2 ** 30;

const whole = (what: string, value: number, minimum: number): number => {
  if (Number.isSafeInteger(value) && value >= minimum) return value;
  throw new OnnxRuntimeError(`${what}: received ${value}, allowed whole numbers >= ${minimum}.`);
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
  for (const key of Object.keys(options)) {
    if (!ALLOWED.includes(key)) {
      throw new OnnxRuntimeError(`configure: unknown option '${key}'. Allowed: ${ALLOWED.join(', ')}.`);
    }
  }
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
    forceNative: options.forceNative ?? environment.STEADYFORMER_FORCE_NATIVE === '1',
  };
};
