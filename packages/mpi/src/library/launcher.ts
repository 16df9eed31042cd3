/** Who started this process, as far as the environment says. */
export interface Launcher {
  /** As users know it. */
  readonly name: string;
  /** Processes that it started. */
  readonly size: number;
  /** The implementation that it belongs to; absent where it starts either. */
  readonly kind?: 'openmpi' | 'mpich';
}

type Environment = Readonly<Record<string, string | undefined>>;

const whole = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/u.test(text) ? Number(text) : undefined;

/** Open MPI's mpirun, MPICH's and Intel MPI's, srun. */
const LOCAL = ['OMPI_COMM_WORLD_LOCAL_RANK', 'MPI_LOCALRANKID', 'SLURM_LOCALID'] as const;

/** The number of this process among those that its launcher started on this machine, from 0; undefined where none says. */
export const localRankOf = (environment: Environment): number | undefined =>
  LOCAL.map((name) => whole(environment[name])).find((rank) => rank !== undefined);

/**
 * Open MPI's mpirun sets OMPI_COMM_WORLD_SIZE; srun sets SLURM_STEP_NUM_TASKS for each process of a step, but not for the
 * batch script itself; MPICH's mpirun (Hydra), and Intel MPI's, set PMI_SIZE.
 *
 * @returns undefined where no launcher is known
 */
export const launcherOf = (environment: Environment): Launcher | undefined => {
  const openMpi = whole(environment.OMPI_COMM_WORLD_SIZE);
  if (openMpi !== undefined) return { name: "Open MPI's mpirun", size: openMpi, kind: 'openmpi' };
  const slurm = whole(environment.SLURM_STEP_NUM_TASKS);
  // Hydra under Slurm starts its own proxies by srun, one a node: its size is the ranks'.
  const hydra = whole(environment.PMI_SIZE);
  const byHydra = environment.HYDI_CONTROL_FD !== undefined || environment.MPI_LOCALNRANKS !== undefined;
  if (hydra !== undefined && (slurm === undefined || byHydra)) {
    return { name: "MPICH's mpirun", size: hydra, kind: 'mpich' };
  }
  return slurm === undefined ? undefined : { name: 'srun', size: slurm };
};
