import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What `writeFileAtomic` writes: all at once, or in pieces as they are made. */
export type FileContent = string | Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** A name beside `path` that no other writer has, of this process or another. */
const partialOf = (path: string): string => `${path}.${randomBytes(8).toString('hex')}.partial`;

/**
 * Deletes what writers of a file left beside it that were killed. For where nobody else writes it: it may be the new file
 * of one at work.
 *
 * @throws what the file system throws
 */
export const clearPartials = async (path: string): Promise<void> => {
  const [folder, start] = [dirname(path), `${basename(path)}.`];
  for (const name of await readdir(folder)) {
    if (name.startsWith(start) && /^[0-9a-f]{16}\.partial$/u.test(name.slice(start.length))) {
      await rm(join(folder, name), { force: true });
    }
  }
};

/**
 * Makes a folder's entries (names that appeared, changed or went) outlast a power cut. Where a system has no such
 * thing for folders (Windows), it does nothing.
 */
export const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
};

/**
 * Replaces a file, or makes it: what `write` writes goes to a file of its own beside it, which takes the name once it
 * is whole and on the disk. A reader sees the old file or the new, never a part; of several writers one wins, whole.
 * Where anything fails the old file is untouched and the new one is gone.
 *
 * @returns what `write` gave
 * @throws what `write` or the file system throws
 */
export const replaceFile = async <Result>(
  path: string,
  write: (file: FileHandle) => Promise<Result>,
): Promise<Result> => {
  const partial = partialOf(path);
  try {
    const file = await open(partial, 'wx');
    let result: Result;
    try {
      result = await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
    await syncFolder(dirname(path));
    return result;
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw error;
  }
};

/** `replaceFile` with what is at hand. */
export const writeFileAtomic = (path: string, content: FileContent): Promise<void> =>
  replaceFile(path, async (file) => {
    if (typeof content === 'string' || content instanceof Uint8Array) return file.writeFile(content);
    for await (const piece of content) await file.writeFile(piece);
  });
