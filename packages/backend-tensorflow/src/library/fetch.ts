import { existsSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { TensorflowBackendError } from '../checks/errors';
import { OWN_MODULES_ONLY, pythonProblem } from '../process/python';
import { complaint, type Run, type RunResult } from '../process/run';
import { cachedFolder, type Variant } from './cache';
import { readLibrary, type TensorflowLibrary } from './library';
import { isOlder } from './versions';
import { unpackLibrary, workFolder } from './wheels';

/** The release this package is tested with. */
export const TENSORFLOW_VERSION = '2.21.0';

/** What the wheels of {@link TENSORFLOW_VERSION} and what is kept of them take on the disk for a while, in bytes. */
const ROOM: Readonly<Record<Variant, number>> = { cpu: 1.2e9, gpu: 12e9 };

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

/** The first pip that takes up a broken download where it broke off, and how often it then tries. */
const RESUMING = { since: '25.1', option: '--resume-retries=20' } as const;

/** `pip download`, for whatever Python the wheel is offered: the C library does not depend on it. */
export const downloadArguments = (
  variant: Variant,
  version: string,
  folder: string,
  pip: string = RESUMING.since,
): string[] => [
  '-c',
  PIP,
  'download',
  '--quiet',
  '--disable-pip-version-check',
  '--only-binary=:all:',
  '--python-version=3.12',
  ...(isOlder(pip, RESUMING.since) ? [] : [RESUMING.option]),
  `--dest=${folder}`,
  ...requirement(variant, version),
];

/** @throws TensorflowBackendError where Python or its pip is not there. */
const pipVersion = (python: string, run: Run): string => {
  const result = run(python, ['-c', PIP, '--version']);
  const problem = pythonProblem(python, result);
  if (problem !== undefined) throw new TensorflowBackendError(problem);
  return /pip (\d+(?:\.\d+)*)/.exec(result.stdout)?.[1] ?? '0';
};

/** @throws TensorflowBackendError where the file system of the cache has less room than a download needs. */
const checkRoom = (folder: string, variant: Variant): void => {
  const { bavail, bsize } = statfsSync(folder);
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  if (bavail * bsize >= ROOM[variant]) return;
  throw new TensorflowBackendError(
    `the disk of the cache ${folder} is full: ${gigabytes(bavail * bsize)} free, needed ${gigabytes(ROOM[variant])}. Make room, or name another folder by --cache or STEADYFORMER_CACHE. Nothing was downloaded.`,
  );
};

const remedyFor = (stderr: string, python: string): string => {
  if (/No space left/.test(stderr)) return 'Make room there, or name another folder by --cache and TMPDIR';
  if (/DO NOT MATCH THE HASHES|hash/i.test(stderr)) {
    return 'What came is not what the index states: run it again, or look for who changes it on the way';
  }
  if (/No matching distribution|Could not find a version/.test(stderr)) {
    return `Look at the index that '${python} -m pip config list' names, or give wheels by --wheels`;
  }
  return 'Run it again, or give wheels by --wheels';
};

const failed = ({ variant, version = TENSORFLOW_VERSION, python }: FetchOptions, result: RunResult): Error =>
  new TensorflowBackendError(
    `pip could not download TensorFlow ${version} (${variant}): ${complaint(result.stderr) || `status ${result.status}`}. ${remedyFor(result.stderr, python)}. Nothing was changed.`,
  );

/**
 * Downloads a TensorFlow wheel with pip and unpacks its library into the cache; one that is there already is used as it
 * is. The download is about 0.3 GB (cpu) or 3 GB (gpu, CUDA included). pip holds every wheel against the SHA-256 that
 * the index states and puts it down when it is whole; since 25.1 it takes up what broke off.
 *
 * @throws TensorflowBackendError in one line with pip's own words.
 */
export const fetchLibrary = (options: FetchOptions): TensorflowLibrary => {
  const { variant, cache, python, version = TENSORFLOW_VERSION, run, log } = options;
  const target = cachedFolder(cache, variant, version);
  if (existsSync(target)) return readLibrary(target);
  const pip = pipVersion(python, run);
  const work = workFolder(cache);
  try {
    checkRoom(work, variant);
    log(`downloading TensorFlow ${version} (${variant}) with pip ${pip} ...`);
    const wheels = join(work, 'wheels');
    const download = run(python, downloadArguments(variant, version, wheels, pip));
    if (download.status !== 0) throw failed(options, download);
    return unpackLibrary({ wheels, cache, python, run, log }, version);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};
