import { setTimeout } from 'node:timers/promises';
import { init, isLaunched, localRank, type Mpi } from '@steadyformer/mpi';
import { RanksError } from '@steadyformer/translate/node';
import type { CommandLine } from '../program/commandLine';
import { EXIT, endingOf } from '../program/errors';

/** Longer than the first rank of a machine takes to come to the same error after the others. */
const PATIENCE_MS = 3000;

/**
 * Does work as one of the ranks that mpirun or srun started; alone where none did, and MPI is then not looked for. What all
 * ranks are told rank 0 says; a rank that fails by itself says so and ends the others, which would wait for it.
 */
export const asRank = async (
  { streams, exitWith }: CommandLine,
  work: (ranks: Mpi | undefined) => Promise<void>,
): Promise<void> => {
  if (!isLaunched()) return work(undefined);
  let mpi: Mpi;
  try {
    mpi = await init();
  } catch (error) {
    // It is wrong for all of a machine: the first says so. A launcher may end all once one has ended.
    if (!localRank()) throw error;
    await setTimeout(PATIENCE_MS);
    return exitWith(EXIT.mistake);
  }
  try {
    await work(mpi);
  } catch (error) {
    if (error instanceof RanksError) {
      await mpi.finalize();
      if (mpi.rank === 0) throw error;
      return exitWith(EXIT.mistake);
    }
    const { code, line = '' } = endingOf(error);
    streams.error(line.replace(/^error: /, `error: rank ${mpi.rank}: `));
    mpi.abort(code);
  }
};
