import { expect, it } from 'vitest';
import { type Launcher, launcherOf, localRankOf, severed } from './launcher';

it.each([
  ['nobody', {}, undefined],
  [
    'Open MPI',
    { OMPI_COMM_WORLD_SIZE: '4', PMI_SIZE: '2' },
    { name: "Open MPI's mpirun", size: 4, kind: 'openmpi' },
  ],
  ['MPICH', { PMI_SIZE: '2', PMI_RANK: '0' }, { name: "MPICH's mpirun", size: 2, kind: 'mpich' }],
  ['srun', { SLURM_STEP_NUM_TASKS: '8', SLURM_PROCID: '3' }, { name: 'srun', size: 8 }],
  ['srun --mpi=pmi2', { SLURM_STEP_NUM_TASKS: '8', PMI_SIZE: '8' }, { name: 'srun', size: 8 }],
  [
    'srun --mpi=pmi2, by its socket',
    { SLURM_STEP_NUM_TASKS: '8', PMI_SIZE: '8', PMI_FD: '9' },
    { name: 'srun', size: 8, likely: 'mpich' },
  ],
  ['srun --mpi=pmix', { SLURM_STEP_NUM_TASKS: '8', PMIX_RANK: '0' }, { name: 'srun', size: 8 }],
  // Its proxies are started by srun, one a node.
  [
    'MPICH under Slurm',
    { SLURM_STEP_NUM_TASKS: '2', PMI_SIZE: '8', MPI_LOCALNRANKS: '4' },
    { name: "MPICH's mpirun", size: 8, kind: 'mpich' },
  ],
  ['a batch script', { SLURM_NTASKS: '8', SLURM_PROCID: '0' }, undefined],
  ['nonsense', { OMPI_COMM_WORLD_SIZE: 'x' }, undefined],
])('%s', (_, environment, launcher) => {
  expect(launcherOf(environment)).toEqual(launcher);
});

it.each([
  ['nobody', {}, undefined],
  ['Open MPI within Slurm', { OMPI_COMM_WORLD_LOCAL_RANK: '3', SLURM_LOCALID: '0' }, 3],
  ['MPICH', { MPI_LOCALRANKID: '0' }, 0],
  ['srun', { SLURM_LOCALID: '7', SLURM_PROCID: '23' }, 7],
  ['nonsense', { MPI_LOCALRANKID: 'x' }, undefined],
])('%s says which process of its machine this is', (_, environment, rank) => {
  expect(localRankOf(environment)).toBe(rank);
});

const srun: Launcher = { name: 'srun', size: 4 };
const mpirun: Launcher = { name: "MPICH's mpirun", size: 4, kind: 'mpich' };
it.each<[string, Launcher, Record<string, string>, string | undefined]>([
  [
    'srun without MPI',
    srun,
    { SLURM_STEP_NUM_TASKS: '4' },
    'srun started 4 ranks without telling MPI: start with',
  ],
  ['srun of one', { ...srun, size: 1 }, {}, undefined],
  ['pmix', srun, { PMIX_RANK: '0' }, undefined],
  ['pmi2', srun, { PMI_FD: '9' }, undefined],
  ['Cray', srun, { PALS_RANKID: '0' }, undefined],
  ['MPICH', mpirun, { PMI_FD: '9' }, undefined],
  [
    'MPICH through npx',
    mpirun,
    { PMI_FD: '8' },
    'has lost the connection to them (PMI_FD=8), as npx closes it',
  ],
  ['pmi2 through npx', srun, { PMI_FD: '8' }, 'srun started 4 ranks, and this one has lost the connection'],
  [
    'Open MPI beside a variable of old',
    { ...mpirun, kind: 'openmpi' },
    { PMI_FD: '8', PMIX_RANK: '1' },
    undefined,
  ],
])('%s: what keeps ranks from each other', (_, launcher, environment, said) => {
  const found = severed(launcher, environment, (descriptor) => descriptor === 9);
  if (said === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(said);
});
