import { SteadyformerError } from '@steadyformer/core';
import { isClaim, withFolderLock } from '../../checks/node/folderLock';

const LOCK = 'checkpoint.lock';

/** Whether a file of this name is one by which writers keep each other out of a checkpoint's folder. */
export const isWriterClaim = (name: string): boolean => isClaim(LOCK, name);

/**
 * Runs `work` while no other writer is in the folder.
 *
 * @param patience milliseconds to wait for another writer
 * @throws SteadyformerError where another writer is in it for longer, and whatever `work` throws
 */
export const withWriterLock = <Result>(
  folder: string,
  work: () => Promise<Result>,
  patience = 300_000,
): Promise<Result> =>
  withFolderLock(
    folder,
    {
      lock: LOCK,
      patience,
      announced: false,
      refusal: ({ pid, host, claim }) =>
        new SteadyformerError(
          `'${folder}' has been written to by process ${pid} on ${host} for more than ${Math.round(patience / 1000)} s. ` +
            `Wait for it; where it is gone, delete ${claim} in that folder.`,
        ),
    },
    work,
  );
