import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { MKL_FILE } from './mkl';

/** What decides where a library may lie. */
export interface Place {
  readonly platform: string;
  readonly arch: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** The names in a folder, none where there is no such folder. */
  readonly names: (folder: string) => readonly string[];
}

const here = (): Place => ({
  platform: process.platform,
  arch: process.arch,
  environment: process.env,
  home: homedir(),
  names: (folder) => {
    try {
      return existsSync(folder) ? readdirSync(folder) : [];
    } catch {
      return [];
    }
  },
});

/** Part of every macOS; the file itself lies in the system's cache of libraries. */
const ACCELERATE = '/System/Library/Frameworks/Accelerate.framework/Accelerate';

/** Folders in which an installer of Python's or Intel's puts MKL: the active environments first. */
const folders = ({ platform, environment, home }: Place): string[] => {
  const { VIRTUAL_ENV, CONDA_PREFIX, MKLROOT, APPDATA } = environment;
  const of = (root: string | undefined, ...inside: readonly string[]): string[] =>
    root ? inside.map((each) => join(root, each)) : [];
  if (platform === 'win32') {
    return [
      ...[VIRTUAL_ENV, CONDA_PREFIX].flatMap((root) => of(root, 'Library/bin')),
      ...of(MKLROOT, 'bin', 'redist/intel64'),
      ...of(APPDATA, 'Python/Library/bin'),
    ];
  }
  return [
    ...[VIRTUAL_ENV, CONDA_PREFIX].flatMap((root) => of(root, 'lib')),
    ...of(MKLROOT, 'lib', 'lib/intel64'),
    ...of(home, '.local/lib'),
    '/usr/local/lib',
    '/opt/intel/oneapi/mkl/latest/lib',
    '/usr/lib/x86_64-linux-gnu',
  ];
};

/**
 * Libraries that may multiply faster than ONNX Runtime here, the likeliest first: Accelerate on macOS, MKL on x64 where an
 * active Python environment, the user's or the system's packages have it. MKL is of a version's name; the highest counts.
 */
export const blasCandidates = (place: Place = here()): string[] => {
  if (place.platform === 'darwin') return [ACCELERATE];
  if (place.arch !== 'x64') return [];
  return folders(place).flatMap((folder) => {
    const found = place.names(folder).filter((name) => MKL_FILE.test(name));
    const [newest] = found.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
    return newest === undefined ? [] : [join(folder, newest)];
  });
};
