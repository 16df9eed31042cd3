import { mkdir, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SteadyformerError, show } from '@steadyformer/core';
import { type FileContent, writeFileAtomic } from '@steadyformer/core/node';
import { fileReason } from '../program/fileReason';
import { checkFile } from './checkOutputs';

const isThere = async (path: string): Promise<boolean> => {
  try {
    await readdir(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    if (code === 'ENOTDIR') return true;
    throw new SteadyformerError(
      `--out ${show(path)}: the path cannot be read, ${fileReason(error)}; name another`,
    );
  }
};

/**
 * Throws where a file could not be written when the work is done, or where it is there already and was not said to be
 * replaced. Leaves nothing behind.
 */
export const checkNewFile = async (
  file: string,
  { force = false }: { readonly force?: boolean },
): Promise<void> => {
  await checkFile(file);
  if (force || !(await isThere(file))) return;
  throw new SteadyformerError(
    `--out ${show(file)}: the file is there already; name another, or replace it with --force`,
  );
};

/** The same for a folder: new, empty, or said to be written to all the same. */
export const checkNewFolder = async (
  folder: string,
  { force = false }: { readonly force?: boolean },
): Promise<void> => {
  const names = await readdir(folder).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') {
      const why = error.code === 'ENOTDIR' ? 'it is a file, or lies in one' : fileReason(error);
      throw new SteadyformerError(
        `--out ${show(folder)}: the folder cannot be written, ${why}; name another`,
      );
    }
    await checkFile(folder);
    return [];
  });
  if (names.length === 0 || force) return;
  throw new SteadyformerError(
    `--out ${show(folder)}: the folder is not empty; name another, or write to it with --force`,
  );
};

/** Writes a file that was checked, whole or not at all; its folders are made. */
export const writeNewFile = async (file: string, content: FileContent): Promise<void> => {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, content);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new SteadyformerError(
      `--out ${show(file)}: the file cannot be written, ${fileReason(error)}; name another`,
    );
  }
};
