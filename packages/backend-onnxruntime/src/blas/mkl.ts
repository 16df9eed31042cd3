import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { OnnxRuntimeError } from '../errors';
import type { Ffi } from '../ort/ffi';
import { pin } from '../ort/pin';
import { bind, type Handle } from './bind';

/** MKL's one library that loads the others: libmkl_rt.so.3, mkl_rt.2.dll, libmkl_rt.dylib. */
export const MKL_FILE: RegExp = /^(libmkl_rt\.so(\.\d+)*|mkl_rt(\.\d+)*\.dll|libmkl_rt(\.\d+)*\.dylib)$/;
/** What it loads when it first computes. It ends the process where one of them is missing. */
const PARTS = ['core', 'intel_thread', 'def'];
const OPENMP: Readonly<Record<string, string>> = {
  linux: 'libiomp5.so',
  win32: 'libiomp5md.dll',
  darwin: 'libiomp5.dylib',
};
const INTERFACE_LP64 = 0;
const THREADS_INTEL = 0;

/** The files beside a library, named as it is. */
const partsOf = (path: string): string[] =>
  PARTS.map((part) => join(dirname(path), basename(path).replace('mkl_rt', `mkl_${part}`)));

/**
 * Whether MKL has what it loads later, itself and OpenMP's library.
 *
 * @throws OnnxRuntimeError where a file is missing
 */
export const checkParts = (path: string, exists: (path: string) => boolean = existsSync): void => {
  const missing = partsOf(path).find((part) => !exists(part));
  if (missing === undefined) return;
  throw new OnnxRuntimeError(
    `'${path}' is a part of MKL and would end the process: '${basename(missing)}' is missing beside it. Run pip install mkl, which brings all, or name another library.`,
  );
};

/** OpenMP's library, which MKL's threads come from: that beside MKL, else where the system looks. */
const loadOpenMp = (koffi: Ffi, path: string): Handle => {
  const name = OPENMP[process.platform] ?? 'libiomp5.so';
  const beside = join(dirname(path), name);
  const file = existsSync(beside) ? beside : name;
  try {
    const handle = koffi.load(file);
    pin(koffi, file);
    return handle;
  } catch {
    throw new OnnxRuntimeError(
      `'${path}' needs '${name}', which is neither beside it nor where the system looks. Run pip install mkl, which brings both, or name another library.`,
    );
  }
};

/**
 * Readies MKL for this process before anything of it computes: 32-bit integers, OpenMP's threads, and waiting threads
 * that sleep, as theirs and ONNX Runtime's share the cores.
 *
 * @throws OnnxRuntimeError where parts of it are missing
 */
export const readyMkl = (koffi: Ffi, handle: Handle, given: string): Handle => {
  const path = realpathSync(given);
  checkParts(path);
  const openMp = loadOpenMp(koffi, path);
  bind(handle, 'MKL_Set_Interface_Layer', 'int', ['int'])?.(INTERFACE_LP64);
  bind(handle, 'MKL_Set_Threading_Layer', 'int', ['int'])?.(THREADS_INTEL);
  if (!process.env.KMP_BLOCKTIME) bind(openMp, 'kmp_set_blocktime', 'void', ['int'])?.(0);
  return openMp;
};

/** Says how many threads MKL may use for what this thread asks of it; other threads of the process have their own number. */
export const mklThreads = (handle: Handle): ((threads: number) => void) => {
  const set = bind(handle, 'MKL_Set_Num_Threads_Local', 'int', ['int']);
  let now = 0;
  return (threads) => {
    if (threads === now) return;
    set?.(threads);
    now = threads;
  };
};

/** `2026.2`, or nothing. */
export const mklVersion = (handle: Handle): string => {
  const said = new Uint8Array(256);
  bind(handle, 'MKL_Get_Version_String', 'void', ['void *', 'int'])?.(said, said.length);
  return /Version (\d[\d.]*)/.exec(String.fromCharCode(...said))?.[1] ?? '';
};
