import type { LibraryHandle } from 'koffi';
import { messageOf, OnnxRuntimeError } from '../errors';
import { API_VERSION, ENTRIES, type Entry, type EntryName, type OrtTable } from './entries';
import type { Ffi } from './ffi';
import { hasGlibc } from './glibc';
import { pin } from './pin';

/** A loaded library: its entries, its version, and the handle that keeps it loaded. */
export interface LoadedLibrary {
  readonly path: string;
  readonly version: string;
  readonly table: OrtTable;
  /** Address of ReleaseSession: tells one loaded library from another. */
  readonly releaser: bigint;
  /** Never let go of it: koffi unloads a library whose handle is collected, and the next call would crash. */
  readonly handle: object;
}

const NO_GLIBC =
  'The installed packages need glibc, and this system (Alpine?) has none: set the environment variable ' +
  'STEADYFORMER_ONNXRUNTIME to an ONNX Runtime built for musl, or use another TensorFlow.js backend.';

/** Binds the table of entries of a loaded library. */
export const bind = (koffi: Ffi, path: string, handle: LibraryHandle): LoadedLibrary => {
  const base: unknown = handle.func('OrtGetApiBase', 'void *', [])();
  if (base == null) throw new OnnxRuntimeError(`'${path}' answers OrtGetApiBase with nothing`);
  const [getApi, getVersion] = koffi.decode(base, koffi.array('void *', 2)) as unknown as [bigint, bigint];
  const version = koffi.call(getVersion, koffi.proto('const char *', [])) as string;
  const api: unknown = koffi.call(getApi, koffi.proto('void *', ['uint32_t']), API_VERSION);
  if (api == null) {
    throw new OnnxRuntimeError(
      `'${path}' is ONNX Runtime ${version}, too old: this package needs C API ${API_VERSION}, that is ONNX Runtime 1.${API_VERSION} or later. Name a newer one, or none: the installed package then carries it.`,
    );
  }
  const last = Math.max(...ENTRIES.map(([position]) => position));
  const pointers = koffi.decode(api, koffi.array('void *', last + 1)) as unknown as bigint[];
  const table = {} as Record<EntryName, Entry>;
  for (const [position, name, result, args] of ENTRIES) {
    table[name] = koffi.decode(pointers[position], koffi.proto(result, [...args])) as Entry;
  }
  const [release] = ENTRIES.find(([, name]) => name === 'ReleaseSession')!;
  return { path, version, table, releaser: pointers[release]!, handle };
};

/**
 * Loads the library and binds the table of entries.
 *
 * @throws OnnxRuntimeError where the file cannot be loaded here (wrong architecture, missing dependency, not a
 * library), is not ONNX Runtime, or is too old.
 */
export const loadLibrary = (koffi: Ffi, path: string): LoadedLibrary => {
  let handle: LibraryHandle;
  try {
    handle = koffi.load(path);
  } catch (thrown) {
    throw new OnnxRuntimeError(
      `The library '${path}' cannot be loaded on ${process.platform}/${process.arch}: ${messageOf(thrown)}. ${hasGlibc() ? 'Is it built for this machine?' : NO_GLIBC}`,
    );
  }
  try {
    const library = bind(koffi, path, handle);
    pin(koffi, path);
    return library;
  } catch (thrown) {
    if (thrown instanceof OnnxRuntimeError) throw thrown;
    throw new OnnxRuntimeError(`'${path}' is not an ONNX Runtime library: ${messageOf(thrown)}`);
  }
};
