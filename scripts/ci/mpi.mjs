import { installDebian, onPath } from './debian.mjs';

/** Debian's packages and the launchers that they have side by side. */
const LAUNCHERS = { 'mpirun.openmpi': 'openmpi-bin', 'mpirun.mpich': 'mpich' };

/**
 * Gives the tests of ranks both implementations of MPI, with what they stand on. They skip without.
 * @param {import('./command.mjs').Step} step
 */
export const installMpi = async (step) => {
  for (const [launcher, name] of Object.entries(LAUNCHERS)) {
    if (!onPath(launcher)) await installDebian(step, name);
  }
};
