import { fstatSync } from 'node:fs';
import { MpiError } from '../checks/errors';
import { checkOptions, type MpiOptions } from '../checks/options';
import { loadFfi } from '../library/ffi';
import { type Launcher, launcherOf, localRankOf, severed } from '../library/launcher';
import { type Library, loadLibrary, steady } from '../library/library';
import { Communicator } from './communicator';
import type { Mpi } from './mpi';
import { Requests } from './requests';
import { watched } from './watchdog';

/** One thread calls MPI, in a process that has several. */
const FUNNELED = 1;

/**
 * Whether a launcher that is known (mpirun, mpiexec, srun) started this process as one of several, and STEADYFORMER_MPI is
 * not 'none'. Looks at the environment alone: no library is loaded.
 */
export const isLaunched = (
  environment: Readonly<Record<string, string | undefined>> = process.env,
): boolean => environment.STEADYFORMER_MPI !== 'none' && (launcherOf(environment)?.size ?? 1) > 1;

/**
 * The number of this process among those that the launcher started on this machine, from 0; undefined where none says. What
 * ends all of them alike before they know each other, such as an error of `init`, the first can say for all.
 */
export const localRank = (
  environment: Readonly<Record<string, string | undefined>> = process.env,
): number | undefined => localRankOf(environment);

/**
 * Joins the ranks that mpirun, mpiexec or srun started together; without a launcher, this process is the only rank. Once a
 * process.
 *
 * @throws MpiError on unknown options; where no MPI library is found, with what to install; where the library is not the
 *   launcher's, or the launcher has told it nothing of the others; where MPI has been initialised before
 */
export const init = async (options: MpiOptions = {}): Promise<Mpi> => {
  const { library: named, timeout } = checkOptions(options, process.env);
  const launcher = launcherOf(process.env);
  const lost = launcher && severed(launcher, process.env, isSocket);
  if (lost) throw new MpiError(lost);
  const koffi = loadFfi();
  const library = loadLibrary(koffi, named, launcher);
  const requests = new Requests(library, (memory) => koffi.address(memory));
  const limit = 1000 * timeout;
  await begin(library, requests, limit);
  const number = (name: 'MPI_Comm_rank' | 'MPI_Comm_size'): number => {
    const value = new Int32Array(steady(4));
    requests.check(library.calls[name](library.handles.world, value), name);
    return value[0]!;
  };
  const { world, errorsReturn } = library.handles;
  requests.check(library.calls.MPI_Comm_set_errhandler(world, errorsReturn), 'MPI_Comm_set_errhandler');
  const [rank, size] = [number('MPI_Comm_rank'), number('MPI_Comm_size')];
  if (launcher && launcher.size !== size) {
    library.calls.MPI_Finalize();
    throw new MpiError(notTheLaunchers(launcher, library, size));
  }
  return new Communicator({ library, requests, rank, size, limit });
};

const isSocket = (descriptor: number): boolean => {
  try {
    return fstatSync(descriptor).isSocket();
  } catch {
    return false;
  }
};

const begin = async (library: Library, requests: Requests, limit: number): Promise<void> => {
  const { calls, version } = library;
  const flag = new Int32Array(steady(4));
  requests.check(calls.MPI_Initialized(flag), 'MPI_Initialized');
  if (flag[0] !== 0) {
    throw new MpiError('init(): MPI has been initialised in this process before, which it can be only once');
  }
  const line = `error: ${version} has waited ${limit / 1000} s in init() for the other ranks`;
  const code = await watched(() => calls.MPI_Init_thread(0n, 0n, FUNNELED, flag), limit, line);
  requests.check(code, 'MPI_Init_thread');
};

/** Each rank would take itself for the only one. */
const notTheLaunchers = (
  { name, size, kind }: Launcher,
  { version, path }: Library,
  seen: number,
): string => {
  const next =
    kind === undefined
      ? 'use `srun --mpi=pmix` or `--mpi=pmi2`, as your library was built for, or name another in STEADYFORMER_MPI'
      : `start with the mpirun of ${version}, or name the launcher's own library in STEADYFORMER_MPI`;
  return `${name} started ${size} ranks, and ${version} (${path}) sees ${seen}: they do not belong together; ${next}`;
};
