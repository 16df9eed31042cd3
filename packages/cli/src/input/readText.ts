import { readFile, stat } from 'node:fs/promises';
import { SteadyformerError } from '@steadyformer/core';
import { fileReason } from '../program/fileReason';

/** Throws on a device or a pipe: it may never end, and cannot be read twice. */
export const checkRegular = async (file: string): Promise<void> => {
  const found = await stat(file);
  if (!found.isFile() && !found.isDirectory()) throw new Error('it is no regular file');
};

/** A text file. Throws where it cannot be read, saying why; `what` names the file, by default by its path. */
export const readText = async (file: string, what: string = file): Promise<string> => {
  try {
    await checkRegular(file);
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new SteadyformerError(`${what}: the file cannot be read, ${fileReason(error)}`);
  }
};
