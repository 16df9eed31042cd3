import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import { type ExportedFiles, MARIAN_FILES } from '@steadyformer/translate/export';
import { fileReason } from '../program/fileReason';

const reason = (error: unknown, folder: boolean): string => {
  const { code } = error as NodeJS.ErrnoException;
  if (folder && code === 'ENOENT') return 'there is no such folder';
  return folder && code === 'ENOTDIR' ? 'it is a file' : fileReason(error);
};

/** Those of a Marian folder's files that are read, as far as they are there. */
export const readMarianFolder = async (folder: string): Promise<ExportedFiles> => {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new SteadyformerError(
      `${folder}: the folder cannot be read, ${reason(error, true)}; name a folder of Hugging Face's Marian`,
    );
  });
  const files: Record<string, Uint8Array> = {};
  for (const name of MARIAN_FILES.filter((each) => names.includes(each))) {
    const path = join(folder, name);
    files[name] = await readFile(path).catch((error: unknown) => {
      throw new SteadyformerError(`${path}: the file cannot be read, ${reason(error, false)}`);
    });
  }
  return files;
};
