import { mkdir, rmdir } from 'node:fs/promises';
import { SteadyformerError } from '@steadyformer/core';
import { writeReason } from '../../checks/node/errorCode';
import { type FolderLock, type Holder, takeFolderLock } from '../../checks/node/folderLock';
import { checkFolderPath } from '../../checks/node/folderPath';

/** What keeps other runs out of a run's folder until it is released, or its process ends. */
export type RunLock = FolderLock;

/** For others that begin in the same moment: one of them has the folder far sooner. */
const PATIENCE_MS = 20_000;

/**
 * Takes a run's folder, which is made where it is missing, for this run alone: across processes and machines. What a
 * killed process left is taken over at once on the machine it ran on, and after ten minutes on another. Of several that
 * begin in the same moment one gets it.
 *
 * @throws SteadyformerError where another run has the folder, naming its process, host and start; or where the folder
 *   cannot be written to
 */
export const lockRun = async (folder: string): Promise<RunLock> => {
  const path = checkFolderPath('lockRun() folder', folder);
  const refusal = ({ pid, host, since, claim }: Holder): SteadyformerError =>
    new SteadyformerError(
      `another run is at work in '${folder}': process ${pid} on ${host}${since === undefined ? '' : `, since ${since}`}. ` +
        `Wait for it, stop it, or name another folder; where it is gone, delete ${claim} in that folder.`,
    );
  let made: string | undefined;
  try {
    made = await mkdir(path, { recursive: true });
    return await takeFolderLock(path, {
      lock: 'run.lock',
      patience: PATIENCE_MS,
      announced: true,
      refusal,
    });
  } catch (error) {
    // Only where nothing is in it.
    if (made !== undefined) await rmdir(path).catch(() => {});
    if (error instanceof SteadyformerError) throw error;
    throw new SteadyformerError(
      `no run can be written to '${folder}' (${writeReason(error)}). Name a folder that can be written to, with room on its disk.`,
      { cause: error },
    );
  }
};
