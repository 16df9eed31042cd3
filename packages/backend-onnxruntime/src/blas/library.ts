import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { messageOf, OnnxRuntimeError } from '../errors';
import type { Ffi } from '../ort/ffi';
import { pin } from '../ort/pin';
import { bind, type Handle, type Native } from './bind';
import { MKL_FILE, mklThreads, mklVersion, readyMkl } from './mkl';

/** A loaded library with `cblas_sgemm`. */
export interface Blas {
  readonly path: string;
  /** As users know it, with its version where it says one. */
  readonly name: string;
  /** cblas_sgemm(order, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc). */
  readonly sgemm: Native;
  /** Says how many threads the next products of this thread may use, where the library lets threads differ. */
  readonly useThreads: (threads: number) => void;
  /** Never let go of these: koffi unloads a library whose handle is collected, and the next call would crash. */
  readonly handles: readonly object[];
}

const NEXT =
  "Name another in STEADYFORMER_BLAS or configure({ blas }), or 'none': ONNX Runtime then multiplies by itself.";

/** What its names begin with: PyPI's scipy-openblas32 has its own. */
const PREFIXES = ['', 'scipy_'];
/** Names that only a library of 64-bit integers has. */
const WIDE = ['cblas_sgemm_64', 'cblas_sgemm64_', 'scipy_cblas_sgemm64_'];
const SGEMM = [...'iiiiii', 'float', 'p', 'i', 'p', 'i', 'float', 'p', 'i'].map(
  (type) => ({ i: 'int', p: 'void *' })[type] ?? type,
);
const SDOT = ['int64_t', 'void *', 'int64_t', 'void *', 'int64_t'];

/**
 * Whether integers have 32 bits, as they are called here. To a library of 64 bits this length is negative, and the
 * product of two vectors of no length is 0 by definition; to one of 32 bits it is 2.
 */
const hasNarrowIntegers = (sdot: Native): boolean => {
  const ones = new Float32Array(new ArrayBuffer(256)).fill(1);
  return sdot(2n - (1n << 32n), ones, 1n, ones, 1n) === 2;
};

/** cblas_sgemm of 32-bit integers. */
const bindSgemm = (handle: Handle, path: string): Native => {
  const isWide = (): OnnxRuntimeError =>
    new OnnxRuntimeError(
      `'${path}' is a BLAS of 64-bit integers (ILP64); one of 32-bit integers (LP64) is needed. ${NEXT}`,
    );
  for (const prefix of PREFIXES) {
    const sgemm = bind(handle, `${prefix}cblas_sgemm`, 'void', SGEMM);
    const sdot = bind(handle, `${prefix}cblas_sdot`, 'float', SDOT);
    if (sgemm === undefined || sdot === undefined) continue;
    if (!hasNarrowIntegers(sdot)) throw isWide();
    return sgemm;
  }
  if (WIDE.some((name) => bind(handle, name, 'void', []) !== undefined)) throw isWide();
  throw new OnnxRuntimeError(`'${path}' is no BLAS with a C interface: it has no cblas_sgemm. ${NEXT}`);
};

/** Sets OpenBLAS's threads, one number for the process: the smallest that any of its threads asked for. */
const limitOpenBlas = (handle: Handle, threads: number): string | undefined => {
  for (const prefix of PREFIXES) {
    const set = bind(handle, `${prefix}openblas_set_num_threads`, 'void', ['int']);
    const get = bind(handle, `${prefix}openblas_get_num_threads`, 'int', []);
    if (set === undefined || get === undefined) continue;
    if (threads < Number(get())) set(threads);
    const config = bind(handle, `${prefix}openblas_get_config`, 'const char *', []);
    const version = /OpenBLAS (\d[\d.]*)/.exec(String(config?.() ?? ''))?.[1] ?? '';
    return `OpenBLAS ${version}`.trimEnd();
  }
  return undefined;
};

/** macOS 15 and later: whether products that this thread asks for may use several threads (0) or one (1). */
const limitAccelerate = (handle: Handle, threads: number): void => {
  bind(handle, 'BLASSetThreading', 'int', ['uint32_t'])?.(threads > 1 ? 0 : 1);
};

const open = (koffi: Ffi, path: string): Handle => {
  try {
    return koffi.load(path);
  } catch (thrown) {
    const reason = existsSync(path) ? messageOf(thrown) : 'there is no such file';
    throw new OnnxRuntimeError(
      `The BLAS library '${path}' cannot be loaded on ${process.platform}/${process.arch}: ${reason}. ${NEXT}`,
    );
  }
};

/**
 * Loads a BLAS.
 *
 * @param threads the most that a product asked for by this thread may use
 * @throws OnnxRuntimeError where the file cannot be loaded here, lacks a part, has no cblas_sgemm, or has 64-bit integers
 */
export const loadBlas = (koffi: Ffi, given: string, threads: number): Blas => {
  const path = resolve(given);
  const handle = open(koffi, path);
  const isMkl = MKL_FILE.test(basename(path));
  const openMp = isMkl ? [readyMkl(koffi, handle, path)] : [];
  const sgemm = bindSgemm(handle, path);
  pin(koffi, path);
  const loaded = { path, sgemm, handles: [handle, ...openMp] };
  if (isMkl)
    return { ...loaded, name: `MKL ${mklVersion(handle)}`.trimEnd(), useThreads: mklThreads(handle) };
  const name = limitOpenBlas(handle, threads);
  if (name === undefined) limitAccelerate(handle, threads);
  return {
    ...loaded,
    name: name ?? (basename(path) === 'Accelerate' ? 'Accelerate' : basename(path)),
    useThreads: () => {},
  };
};
