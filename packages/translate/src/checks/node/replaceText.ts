import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import { clearPartials, writeFileAtomic } from '@steadyformer/core/node';
import { writeReason } from './errorCode';

/**
 * Replaces a file by a text, or makes it, with its folder where that is missing: the old file or the new one is there,
 * whatever happens. For the only writer: what killed ones left beside it is deleted.
 *
 * @throws SteadyformerError where it cannot be written; the file is as it was
 */
export const replaceText = async (path: string, text: string): Promise<void> => {
  try {
    await mkdir(dirname(path), { recursive: true });
    await clearPartials(path);
    await writeFileAtomic(path, text);
  } catch (error) {
    throw new SteadyformerError(
      `'${path}' cannot be written (${writeReason(error)}). Make room, or name another folder; what was there is as it was.`,
      { cause: error },
    );
  }
};
