/** Who started this process, as far as the environment says. */
export interface Launcher {
  /** As users know it. */
  readonly name: string;
  /** Processes that it started. */
  readonly size: number;
  /** The implementation that it belongs to; absent where it starts either. */
  readonly kind?: 'openmpi' | 'mpich';
  /** The one that it more likely starts, where it starts either. */
  readonly likely?: 'openmpi' | 'mpich';
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
  if (slurm === undefined) return undefined;
  // Open MPI takes pmi2 where it was built for it, which distributions do not, and from version 5 on not at all.
  const pmi = environment.PMI_FD !== undefined && environment.PMIX_RANK === undefined;
  return { name: 'srun', size: slurm, ...(pmi ? { likely: 'mpich' as const } : {}) };
};

/**
 * Why a process could not find the others that its launcher started, known before MPI is called, which would end it with pages
 * of text; undefined where nothing is seen.
 *
 * @param isSocket whether a file descriptor is an open socket
 */
export const severed = (
  { name, size }: Launcher,
  environment: Environment,
  isSocket: (descriptor: number) => boolean,
): string | undefined => {
  if (size === 1) return undefined;
  const descriptor = whole(environment.PMI_FD);
  if (descriptor !== undefined && environment.PMIX_RANK === undefined && !isSocket(descriptor)) {
    return `${name} started ${size} ranks, and this one has lost the connection to them (PMI_FD=${descriptor}), as npx closes it: start the command itself, node_modules/.bin/NAME, or \`node FILE\``;
  }
  const told = Object.keys(environment).some((key) => /^(?:PMI|PMI2|PMIX|PALS)_/u.test(key));
  if (name !== 'srun' || told) return undefined;
  return `srun started ${size} ranks without telling MPI: start with \`srun --mpi=pmix\` (Open MPI) or \`srun --mpi=pmi2\` (MPICH), of those that \`srun --mpi=list\` names`;
};
