import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { open, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { SteadyformerError, show } from '@steadyformer/core';
import { fileReason } from '../program/fileReason';

const KINDS = ['.json', '.csv', '.svg', '.png'];

const refusal = (file: string, why: string): SteadyformerError =>
  new SteadyformerError(`--out ${show(file)}: the file cannot be written, ${why}; name another`);

/** The same error for what `act` throws. */
const orRefuse = async <T>(file: string, act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    if (error instanceof SteadyformerError) throw error;
    // Of a folder that is there: some of the system's take no files.
    const odd = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw refusal(file, odd ? 'its folder takes no files' : fileReason(error));
  }
};

/**
 * Throws where a file could not be written when the work is done, so that nothing is computed in vain: its name says no
 * kind, its folder (or the nearest there is, in which folders will be made) takes no new file, it is a folder or is
 * protected, or is one of the files that are read. Leaves nothing behind.
 */
export const checkOutputs = async (
  files: readonly string[],
  inputs: readonly string[] = [],
): Promise<void> => {
  const odd = files.find((file) => !KINDS.includes(extname(file)));
  if (odd !== undefined) {
    throw new SteadyformerError(
      `--out ${show(odd)}: the name must end in ${KINDS.join(', ')}, which says what is written`,
    );
  }
  for (const file of files) {
    await checkFile(file);
    await checkNotRead(file, inputs);
  }
};

/** Throws where a file is one of those that are read, under whatever name. */
export const checkNotRead = async (file: string, inputs: readonly string[]): Promise<void> => {
  const read = await Promise.all(inputs.map(identity));
  if (read.includes(await identity(file))) throw refusal(file, 'it is one of those that are read');
};

/** A path that two names of one file share. */
const identity = (file: string): Promise<string> => realpath(file).catch(() => resolve(file));

/** Throws where a file could not be written, or replaced. */
export const checkFile = (file: string): Promise<void> => orRefuse(file, () => tryFile(file));

const tryFile = async (file: string): Promise<void> => {
  const there = await found(file);
  if (there !== undefined) {
    if (there.isDirectory()) throw refusal(file, 'it is a folder');
    if (!there.isFile()) throw refusal(file, 'it is no regular file');
    // Root may write what is protected; that was not asked for.
    if ((there.mode & 0o222) === 0) throw refusal(file, 'it is write-protected');
    await (await open(file, 'r+')).close();
  }
  await checkFolder(file, dirname(resolve(file)));
};

/** Tries the folder, or the nearest one there is, by making a file in it. */
const checkFolder = async (file: string, folder: string): Promise<void> => {
  const there = await found(folder);
  if (there === undefined) return checkFolder(file, dirname(folder));
  if (!there.isDirectory()) throw refusal(file, 'its folder is a file');
  const probe = join(folder, `${basename(file).slice(0, 20)}.${randomBytes(8).toString('hex')}.partial`);
  await (await open(probe, 'wx')).close();
  await rm(probe);
};

const found = (path: string): Promise<Stats | undefined> =>
  stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
