import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SteadyformerError } from '../errors';

/**
 * Writes a file that appears under its name only once it is whole and on the disk. Every call writes under a name of
 * its own meanwhile, so that of several at once one wins whole; where `write` throws nothing is left behind.
 */
export const writeAtomically = async (
  path: string,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> => {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    const file = await open(partial, 'wx');
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    if (!isSystemError(error)) throw error;
    throw new SteadyformerError(`cannot write '${path}': ${error.message}`, { cause: error });
  }
  await syncFolder(dirname(path));
};

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error;

/** The name itself is safe only with its folder, which some systems cannot open (Windows). */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (!handle) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
};
