import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SteadyformerError, show } from '@steadyformer/core';
import { syncFolder } from '@steadyformer/core/node';
import { fileReason } from '../program/fileReason';

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const writeAll = async (folder: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> => {
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  }
};

/**
 * Writes the files of a folder that was checked: all are on the disk before the first has its name. A folder that is not
 * there appears whole; in one that is, files of the same names are replaced.
 *
 * @throws SteadyformerError, with nothing written, where the disk has no room or forbids it
 */
export const writeNewFolder = async (
  folder: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<void> => {
  const path = resolve(folder);
  const there = await isThere(path);
  const unique = `${randomBytes(8).toString('hex')}.partial`;
  const partial = there ? join(path, unique) : `${path}.${unique}`;
  try {
    await writeAll(partial, files);
    if (!there) await rename(partial, path);
    else {
      for (const name of Object.keys(files)) {
        await mkdir(dirname(join(path, name)), { recursive: true });
        await rename(join(partial, name), join(path, name));
      }
      await rm(partial, { recursive: true, force: true });
    }
    await syncFolder(there ? path : dirname(path));
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => {});
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new SteadyformerError(
      `--out ${show(folder)}: the folder cannot be written, ${fileReason(error)}; name another`,
      { cause: error },
    );
  }
};
