import { resolve } from 'node:path';
import { invalidArgument } from '@steadyformer/core';

/** The absolute path of a folder that need not be there. @throws SteadyformerError on what is no path */
export const checkFolderPath = (what: string, folder: unknown): string => {
  if (typeof folder === 'string' && folder !== '') return resolve(folder);
  throw invalidArgument({ what, received: folder, allowed: 'the path of a folder' });
};
