import type { LibraryHandle } from 'koffi';
import { MpiError, messageOf } from '../checks/errors';
import type { Ffi } from './ffi';
import { type Handles, handlesOf } from './handles';
import type { Launcher } from './launcher';
import { candidates } from './locate';

/** A C function, called with numbers, addresses and memory. Gives MPI's result code. */
export type Native = (...args: unknown[]) => number;

/** MPI's functions that are called. `H` is a handle, `P` memory or an address, `I` an int. */
const FUNCTIONS = {
  MPI_Initialized: 'P',
  MPI_Init_thread: 'PPIP',
  MPI_Comm_rank: 'HP',
  MPI_Comm_size: 'HP',
  MPI_Comm_set_errhandler: 'HH',
  MPI_Iallreduce: 'PPIHHHP',
  MPI_Iallgather: 'PIHPIHHP',
  MPI_Ibcast: 'PIHIHP',
  MPI_Isend: 'PIHIIHP',
  MPI_Irecv: 'PIHIIHP',
  MPI_Testall: 'IPPP',
  MPI_Reduce_local: 'PPIHH',
  MPI_Error_string: 'IPP',
  MPI_Abort: 'HI',
  MPI_Finalize: '',
} as const;

/** A loaded MPI library. */
export interface Library {
  readonly path: string;
  /** Its first words about itself, such as 'Open MPI v4.1.4'. */
  readonly version: string;
  readonly handles: Handles;
  readonly calls: Readonly<Record<keyof typeof FUNCTIONS, Native>>;
  /** Never let go of this: koffi unloads a library whose handle is collected. */
  readonly loaded: object;
}

const INSTALL =
  'install one (Debian: apt-get install openmpi-bin, or mpich; on a cluster: module load openmpi), or name its file in STEADYFORMER_MPI';

/** Memory that stays where it is: a small array of V8's own may be moved. */
export const steady = (bytes: number): ArrayBuffer => new ArrayBuffer(bytes);

const versionOf = (library: LibraryHandle): string => {
  const text = new Uint8Array(steady(8192));
  const length = new Int32Array(steady(4));
  library.func('MPI_Get_library_version', 'int', ['void *', 'void *'])(text, length);
  const said = new TextDecoder('latin1').decode(text.subarray(0, length[0]));
  return said
    .split(/[\n,]/u)[0]!
    .replace(/\s*version\s*:\s*/iu, ' ')
    .replace(/\0.*/su, '')
    .trim();
};

const bind = (library: LibraryHandle, path: string): Library => {
  let version: string;
  try {
    version = versionOf(library);
  } catch {
    throw new MpiError(`'${path}' is no MPI library: it has no MPI_Get_library_version; ${INSTALL}`);
  }
  const handles = handlesOf(library, version);
  if (!handles) {
    throw new MpiError(`'${path}' is '${version}', neither Open MPI nor of MPICH's kind; ${INSTALL}`);
  }
  const types = { H: handles.type, P: 'void *', I: 'int' } as const;
  const calls = Object.fromEntries(
    Object.entries(FUNCTIONS).map(([name, args]) => [
      name,
      library.func(
        name,
        'int',
        [...args].map((each) => types[each as keyof typeof types]),
      ) as unknown as Native,
    ]),
  ) as Library['calls'];
  return { path, version, handles, calls, loaded: library };
};

/**
 * UCX, below MPICH and Open MPI, rewrites the machine code of brk, mmap and munmap while threads of V8 are in them, and pages of
 * the heap are lost: 3 of 60 runs of 4 ranks ended by SIGSEGV, none of 120 without. Who needs its cache of registered memory
 * sets the variable.
 */
const keepMemory = (): void => {
  process.env.UCX_MEM_EVENTS ??= 'n';
};

const RTLD_NOW = 2;
const RTLD_NODELETE: Readonly<Record<string, number>> = { linux: 0x1000, darwin: 0x80 };

/**
 * Open MPI loads parts of itself that look for its symbols among everybody's. Neither kind can be unloaded, as koffi does
 * when a process ends: threads and destructors of theirs still run.
 */
const open = (koffi: Ffi, path: string): LibraryHandle => {
  keepMemory();
  const library = koffi.load(path, { global: true });
  const keep = RTLD_NODELETE[process.platform];
  if (keep !== undefined) koffi.load(null).func('dlopen', 'void *', ['str', 'int'])(path, RTLD_NOW | keep);
  return library;
};

/**
 * Loads an MPI library: the one that is named, or the first that is found.
 *
 * @throws MpiError where there is none, or it cannot be loaded, or is of neither kind
 */
export const loadLibrary = (
  koffi: Ffi,
  named: string | undefined,
  launcher: Launcher | undefined,
  found: readonly string[] = candidates(launcher),
): Library => {
  if (named !== undefined) {
    let library: LibraryHandle;
    try {
      library = open(koffi, named);
    } catch (thrown) {
      throw new MpiError(
        `the MPI library '${named}' cannot be loaded on ${process.platform}/${process.arch}: ${messageOf(thrown)}`,
      );
    }
    return bind(library, named);
  }
  for (const path of found) {
    let library: LibraryHandle;
    try {
      library = open(koffi, path);
    } catch {
      continue;
    }
    return bind(library, path);
  }
  throw new MpiError(`no MPI library is found (tried ${found.join(', ') || 'none'}); ${INSTALL}`);
};
