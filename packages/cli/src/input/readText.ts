import { readFile } from 'node:fs/promises';
import { SteadyformerError } from '@steadyformer/core';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'its permissions forbid it',
};

/** Why a file operation failed, in words. */
export const fileReason = (error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return Object.hasOwn(REASONS, code) ? REASONS[code]! : message;
};

/** A text file. Throws where it cannot be read, saying why; `what` names the file, by default by its path. */
export const readText = (file: string, what: string = file): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    throw new SteadyformerError(`${what}: the file cannot be read, ${fileReason(error)}`);
  });
