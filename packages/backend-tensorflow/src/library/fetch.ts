import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TensorflowBackendError } from '../checks/errors';
import { OWN_MODULES_ONLY } from '../process/python';
import { type Run, tail } from '../process/run';
import { BUILD_INFO } from './buildInfo';
import { cachedFolder, type Variant } from './cache';
import { readLibrary, type TensorflowLibrary } from './library';

/** The release this package is tested with. */
export const TENSORFLOW_VERSION = '2.21.0';

/** What the addon needs of a wheel: two libraries, the C headers and what they include, the licence, CUDA. */
const KEEP = [
  'tensorflow/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2',
  'tensorflow/include/LICENSE',
  'tensorflow/include/tensorflow/c/',
  'tensorflow/include/tensorflow/core/platform/',
  'tensorflow/include/tensorflow/core/public/',
  'tensorflow/include/tsl/',
  'tensorflow/include/xla/tsl/',
  BUILD_INFO,
  'nvidia/',
] as const;

const UNPACK = `${OWN_MODULES_ONLY}
import zipfile
wheel, target, *keep = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        licence = '.dist-info/' in name and name.startswith(('tensorflow', 'nvidia'))
        if licence or name.startswith(tuple(keep)):
            archive.extract(name, target)
`;

export interface FetchOptions {
  readonly variant: Variant;
  readonly cache: string;
  /** A Python 3 with pip; its own version does not matter, the library is the same for all. */
  readonly python: string;
  readonly version?: string;
  readonly run: Run;
  readonly log: (line: string) => void;
}

const requirement = (variant: Variant, version: string): string[] =>
  variant === 'cpu' ? ['--no-deps', `tensorflow-cpu==${version}`] : [`tensorflow[and-cuda]==${version}`];

/** `python -m pip`, but for the working directory. */
const PIP = `${OWN_MODULES_ONLY}
import runpy
runpy.run_module('pip', run_name='__main__', alter_sys=True)
`;

/** `pip download`, for whatever Python the wheel is offered: the C library does not depend on it. */
export const downloadArguments = (variant: Variant, version: string, folder: string): string[] => [
  '-c',
  PIP,
  'download',
  '--quiet',
  '--disable-pip-version-check',
  '--only-binary=:all:',
  '--python-version=3.12',
  `--dest=${folder}`,
  ...requirement(variant, version),
];

/**
 * Downloads a TensorFlow wheel with pip and unpacks its library into the cache; a wheel that is there already is
 * used as it is. The download is about 0.3 GB (cpu) or 3 GB (gpu, CUDA included).
 *
 * @throws TensorflowBackendError with pip's last lines.
 */
export const fetchLibrary = (options: FetchOptions): TensorflowLibrary => {
  const { variant, cache, python, version = TENSORFLOW_VERSION, run, log } = options;
  const target = cachedFolder(cache, variant, version);
  if (existsSync(target)) return readLibrary(target);
  mkdirSync(join(cache, 'tensorflow'), { recursive: true });
  // Same file system as the target, so that the rename at the end is atomic.
  const work = mkdtempSync(join(cache, 'tensorflow', '.fetch-'));
  try {
    log(`downloading TensorFlow ${version} (${variant}) with pip ...`);
    const wheels = join(work, 'wheels');
    const download = run(python, downloadArguments(variant, version, wheels));
    if (download.status !== 0) {
      throw new TensorflowBackendError(
        `pip could not download TensorFlow ${version} (${variant}) with '${python}':\n${tail(download.stderr)}\nGive a Python 3 with pip by --python, or an unpacked wheel by --library.`,
      );
    }
    const unpacked = join(work, 'site-packages');
    for (const wheel of readdirSync(wheels).filter((name) => /^(tensorflow|nvidia)/.test(name))) {
      log(`unpacking ${wheel} ...`);
      const result = run(python, ['-c', UNPACK, join(wheels, wheel), unpacked, ...KEEP]);
      if (result.status !== 0) {
        throw new TensorflowBackendError(`could not unpack ${wheel}:\n${tail(result.stderr)}`);
      }
    }
    readLibrary(unpacked);
    // Another process may have been faster; its copy is as good.
    if (!existsSync(target)) renameSync(unpacked, target);
    return readLibrary(target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};
