import type { Ffi } from './ffi';

const RTLD_NOW = 2;
const RTLD_NODELETE: Readonly<Record<string, number>> = { linux: 0x1000, darwin: 0x80 };

/**
 * Raises a library's reference count for the life of the process, so that a worker thread that ends (its
 * koffi then closes its handle) cannot unload code that pool threads or other workers still run.
 */
export const pin = (koffi: Ffi, path: string): void => {
  if (process.platform === 'win32') {
    koffi.load('kernel32.dll').func('LoadLibraryW', 'void *', ['str16'])(path);
    return;
  }
  const keep = RTLD_NODELETE[process.platform];
  if (keep == null) return;
  koffi.load(null).func('dlopen', 'void *', ['str', 'int'])(path, RTLD_NOW | keep);
};
