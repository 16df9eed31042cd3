import promises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const die = (): Promise<never> => {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
};

/** Of the file system, what changes files by their names. */
const NAMED = ['mkdir', 'open', 'rename', 'rm', 'rmdir', 'truncate', 'utimes', 'writeFile'] as const;

/**
 * Counts what this process does to files from now on. At operation `killAt` it kills itself: before the operation, or
 * with half of the bytes of a write written.
 *
 * @returns the count so far
 */
export const countOperations = async (killAt = Number.POSITIVE_INFINITY): Promise<() => number> => {
  let count = 0;
  const isDue = (): boolean => ++count >= killAt;
  const patch = <Owner extends object>(
    owner: Owner,
    name: keyof Owner,
    cut?: (...args: never[]) => unknown,
  ) => {
    const original = owner[name] as (...args: unknown[]) => unknown;
    owner[name] = function (this: unknown, ...args: unknown[]) {
      if (!isDue()) return original.apply(this, args);
      const done = cut ? original.apply(this, (cut as (...all: unknown[]) => unknown[])(...args)) : undefined;
      return Promise.resolve(done).then(die);
    } as Owner[keyof Owner];
  };
  const handle: FileHandle = await promises.open(join(tmpdir()), 'r');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const half = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length >> 1);
  patch(prototype, 'write', (bytes: Uint8Array, from: number, length: number, at: number) => [
    bytes,
    from,
    length >> 1,
    at,
  ]);
  patch(prototype, 'writeFile', (data: string | Uint8Array) => [
    half(typeof data === 'string' ? Buffer.from(data) : data),
  ]);
  for (const name of ['sync', 'truncate', 'close'] as const) patch(prototype, name);
  for (const name of NAMED) patch(promises, name);
  syncBuiltinESMExports();
  return () => count;
};
