import type { LibraryHandle } from 'koffi';
import { describe, expect, it } from 'vitest';
import { ENTRIES } from './entries';
import { loadFfi } from './ffi';
import { locateLibrary } from './locate';
import { bind, loadLibrary } from './table';

const koffi = loadFfi();

/** A library of version `version` that knows no C API as new as ours: built from callbacks, as none is at hand. */
const oldLibrary = (version: string): LibraryHandle => {
  const getApi = koffi.register(() => null, koffi.pointer(koffi.proto('void *', ['uint32_t'])));
  const getVersion = koffi.register(() => version, koffi.pointer(koffi.proto('const char *', [])));
  const base = koffi.alloc('void *', 2) as unknown;
  koffi.encode(base, koffi.array('void *', 2), [getApi, getVersion]);
  return { func: () => () => base } as unknown as LibraryHandle;
};

describe('the table of entries', () => {
  it('lists every position once, in order', () => {
    const positions = ENTRIES.map(([position]) => position);
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
  });

  it('binds the installed library', () => {
    const { version, table } = loadLibrary(koffi, locateLibrary(undefined));
    expect(version).toMatch(/^1\.\d+\.\d+/);
    expect(Object.keys(table)).toEqual(ENTRIES.map(([, name]) => name));
  });

  it('refuses a library that is too old, and says what to install', () => {
    expect(() => bind(koffi, '/old/libonnxruntime.so', oldLibrary('1.8.1'))).toThrow(
      /'\/old\/libonnxruntime.so' is ONNX Runtime 1\.8\.1, too old.*ONNX Runtime 1\.17 or later\. Name a newer one, or none/,
    );
  });
});
