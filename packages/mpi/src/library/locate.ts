import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Launcher } from './launcher';

/** What decides where a library may lie. */
export interface Place {
  readonly platform: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly exists: (path: string) => boolean;
  readonly real: (path: string) => string;
}

const here = (): Place => ({
  platform: process.platform,
  environment: process.env,
  exists: existsSync,
  real: realpathSync,
});

/** Names under which Linux's loader may know them: Open MPI 2 to 5, MPICH as Debian names it, MPICH and Intel MPI. */
const NAMES = { openmpi: ['libmpi.so.40'], mpich: ['libmpich.so.12', 'libmpi.so.12'] } as const;
/** Where distributions put what the loader only finds after `module load`. */
const FOLDERS = {
  openmpi: ['/usr/lib64/openmpi/lib'],
  mpich: ['/usr/lib64/mpich/lib'],
} as const;
const MAC = ['libmpi.dylib', 'libmpich.dylib'];
const MAC_FOLDERS = ['/opt/homebrew/lib', '/usr/local/lib'];

/** The library beside the first mpirun of the PATH, as `module load` and installers of one's own leave it. */
const besideLauncher = ({ environment, exists, real }: Place, names: readonly string[]): string[] => {
  for (const folder of (environment.PATH ?? '').split(delimiter)) {
    const program = join(folder, 'mpirun');
    if (folder === '' || !exists(program)) continue;
    const roots = [dirname(folder), dirname(dirname(real(program)))];
    return roots.flatMap((root) =>
      ['lib', 'lib64'].flatMap((lib) => names.map((name) => join(root, lib, name)).filter(exists)),
    );
  }
  return [];
};

/**
 * Libraries to try, the likeliest first: of the launcher's kind, beside the mpirun of the PATH, by name, and in folders that
 * only `module load` tells the loader of.
 */
export const candidates = (launcher: Launcher | undefined, place: Place = here()): string[] => {
  if (place.platform === 'darwin') {
    const found = MAC_FOLDERS.flatMap((folder) => MAC.map((name) => join(folder, name))).filter(place.exists);
    return [...new Set([...besideLauncher(place, MAC), ...found])];
  }
  const kinds =
    (launcher?.kind ?? launcher?.likely) === 'mpich'
      ? (['mpich', 'openmpi'] as const)
      : (['openmpi', 'mpich'] as const);
  return [
    ...new Set(
      kinds.flatMap((kind) => [
        ...besideLauncher(place, NAMES[kind]),
        ...NAMES[kind],
        ...FOLDERS[kind]
          .flatMap((folder) => NAMES[kind].map((name) => join(folder, name)))
          .filter(place.exists),
      ]),
    ),
  ];
};
