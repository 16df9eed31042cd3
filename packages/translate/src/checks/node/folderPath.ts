import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { invalidArgument, SteadyformerError } from '@steadyformer/core';
import { errorCode } from './errorCode';

/** The absolute path of a folder that need not be there. @throws SteadyformerError on what is no path */
export const checkFolderPath = (what: string, folder: unknown): string => {
  if (typeof folder === 'string' && folder !== '') return resolve(folder);
  throw invalidArgument({ what, received: folder, allowed: 'the path of a folder' });
};

/**
 * The names in a folder that is to be written to; none where it is not there.
 *
 * @param refusal how the error begins: what cannot be done in which folder
 * @throws SteadyformerError where it is no folder, or cannot be read
 */
export const namesIn = (path: string, refusal: string): Promise<string[]> =>
  readdir(path).catch((error: unknown): string[] => {
    if (errorCode(error) === 'ENOENT') return [];
    const why = errorCode(error) === 'ENOTDIR' ? 'it is a file' : errorCode(error);
    throw new SteadyformerError(`${refusal}: ${why}. Name a folder.`);
  });
