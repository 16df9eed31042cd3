import { SteadyformerError } from '@steadyformer/core';
import type { Checkpoint } from '@steadyformer/translate';
import { averageCheckpoints, CheckpointSeries, loadCheckpoint } from '@steadyformer/translate/node';
import { folderKind } from './found';

export interface AverageOptions {
  /** How many of a run's newest checkpoints. */
  readonly last?: number;
}

/** The folders whose weights are averaged. @throws SteadyformerError where there are fewer than were asked for */
export const foldersToAverage = async (
  folders: readonly string[],
  { last }: AverageOptions,
): Promise<readonly string[]> => {
  const kinds = await Promise.all(folders.map(folderKind));
  const run = kinds.findIndex(({ kind }) => kind === 'run');
  if (last === undefined) {
    if (run < 0) return folders;
    throw new SteadyformerError(
      `${folders[run]}: the folder of a run; say how many of its newest checkpoints with --last, or name them`,
    );
  }
  const [kind] = kinds;
  if (folders.length !== 1 || kind?.kind !== 'run') {
    throw new SteadyformerError(
      `--last: received ${folders.length === 1 ? `'${folders[0]}', a checkpoint` : `${folders.length} folders`}, allowed the folder of one run`,
    );
  }
  const there = await (await CheckpointSeries.open(kind.checkpoints)).list();
  if (there.length < last) {
    throw new SteadyformerError(
      `--last ${last}: '${kind.checkpoints}' holds ${there.length} checkpoints; have the run keep more (checkpoints.keep)`,
    );
  }
  return there.slice(-last).map(({ folder }) => folder);
};

/** The mean of checkpoints, one in memory at a time. @throws SteadyformerError that names the folder it is about */
export const average = async (folders: readonly string[]): Promise<Checkpoint> => {
  let at = '';
  async function* load(): AsyncGenerator<Checkpoint> {
    for (const folder of folders) {
      at = folder;
      yield await loadCheckpoint(folder);
    }
  }
  try {
    return await averageCheckpoints(load());
  } catch (error) {
    if (!(error instanceof SteadyformerError) || error.message.includes(at)) throw error;
    throw new SteadyformerError(`${at}: ${error.message}`, { cause: error });
  }
};
