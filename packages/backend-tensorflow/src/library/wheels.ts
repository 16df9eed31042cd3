import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf, TensorflowBackendError } from '../checks/errors';
import { OWN_MODULES_ONLY, pythonProblem } from '../process/python';
import { complaint, type Run } from '../process/run';
import { BUILD_INFO } from './buildInfo';
import { cachedFolder, root, type Variant } from './cache';
import { readLibrary, type TensorflowLibrary } from './library';

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

/** Every file that is kept is held against the SHA-256 that the wheel's RECORD states (PyPA, "Recording installed projects"). */
const UNPACK = `${OWN_MODULES_ONLY}
import base64, csv, hashlib, io, os, zipfile
wheel, target, *keep = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    names = archive.namelist()
    record = next((name for name in names if name.endswith('.dist-info/RECORD')), None)
    if record is None: sys.exit('error: it has no RECORD, so it is no wheel')
    rows = csv.reader(io.StringIO(archive.read(record).decode()))
    stated = {row[0]: row[1] for row in rows if len(row) == 3}
    for name in names:
        licence = '.dist-info/' in name and name.startswith(('tensorflow', 'nvidia'))
        if name.endswith('/') or not (licence or name.startswith(tuple(keep))): continue
        path = archive.extract(name, target)
        kind, _, digest = stated.get(name, '').partition('=')
        if kind != 'sha256':
            if name != record and kind: sys.exit(f'error: {name} is hashed with {kind}')
            continue
        actual = hashlib.sha256()
        with open(path, 'rb') as file:
            while block := file.read(1 << 20): actual.update(block)
        if base64.urlsafe_b64encode(actual.digest()).rstrip(b'=').decode() != digest:
            sys.exit(f'error: {name} is not what its RECORD states')
`;

export interface UnpackOptions {
  /** A folder with one TensorFlow wheel, and its CUDA wheels where it is the GPU build. */
  readonly wheels: string;
  readonly cache: string;
  /** Any Python 3. */
  readonly python: string;
  readonly run: Run;
  readonly log: (line: string) => void;
}

interface Wheels {
  readonly variant: Variant;
  readonly version: string;
  /** TensorFlow's first. */
  readonly names: readonly string[];
}

/**
 * The wheels of a folder that are unpacked.
 *
 * @throws TensorflowBackendError where there is not exactly one of TensorFlow's.
 */
const wheelsIn = (folder: string): Wheels => {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.whl'))
    .sort();
  const found = names.filter((name) => /^tensorflow(_cpu)?-/.test(name));
  const [wheel] = found;
  const match = /^tensorflow(_cpu)?-(\d+(?:\.\d+)*)-/.exec(wheel ?? '');
  if (found.length !== 1 || !match || wheel === undefined) {
    throw new TensorflowBackendError(
      `${folder} holds ${found.length === 0 ? 'no wheel of tensorflow or tensorflow-cpu' : found.join(' and ')}: give a folder with exactly one. Run: python3 -m pip download --only-binary=:all: --dest FOLDER 'tensorflow[and-cuda]' (or --no-deps tensorflow-cpu).`,
    );
  }
  const variant = match[1] === undefined ? 'gpu' : 'cpu';
  const cuda = variant === 'gpu' ? names.filter((name) => name.startsWith('nvidia_')) : [];
  return { variant, version: match[2] ?? '', names: [wheel, ...cuda] };
};

const unpackOne = (wheel: string, target: string, { python, run, cache }: UnpackOptions): void => {
  const result = run(python, ['-c', UNPACK, wheel, target, ...KEEP]);
  if (result.status === 0) return;
  const problem = pythonProblem(python, result);
  if (problem !== undefined) throw new TensorflowBackendError(problem);
  const remedy = /No space left/.test(result.stderr)
    ? `Make room in ${cache}, or name another folder by --cache`
    : 'Delete it and fetch it again: a download or a copy broke off';
  throw new TensorflowBackendError(
    `${wheel} cannot be unpacked: ${complaint(result.stderr) || `status ${result.status}`}. ${remedy}. Nothing was changed.`,
  );
};

/** A folder beside the libraries of a cache, on the same file system, so that a rename puts it among them. */
export const workFolder = (cache: string): string => {
  try {
    mkdirSync(root(cache), { recursive: true });
    return mkdtempSync(join(root(cache), '.fetch-'));
  } catch (error) {
    throw new TensorflowBackendError(
      `the cache ${cache} cannot be written: ${reasonOf(error)}. Name another folder by --cache or STEADYFORMER_CACHE.`,
      { cause: error },
    );
  }
};

/** Unpacks what is needed of a folder's wheels into `target`, which appears whole or not at all. */
const unpackInto = (target: string, { names }: Wheels, options: UnpackOptions): TensorflowLibrary => {
  const work = workFolder(options.cache);
  try {
    const unpacked = join(work, 'site-packages');
    for (const name of names) {
      options.log(`unpacking ${name} ...`);
      unpackOne(join(options.wheels, name), unpacked, options);
    }
    readLibrary(unpacked);
    // Another process may have been faster; its copy is as good.
    if (!existsSync(target)) renameSync(unpacked, target);
    return readLibrary(target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

/** A mark of wheels by names and sizes: other wheels of the same version are another library. */
const markOf = (folder: string, names: readonly string[]): string => {
  const lines = names.map((name) => `${name} ${statSync(join(folder, name)).size}`);
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 8);
};

/**
 * The library of the wheels in a folder, unpacked into the cache; from a second time on the cache's copy. No network.
 *
 * @param version of the folder in the cache; default: the wheel's with a mark of all its wheels.
 * @throws TensorflowBackendError in one line for a folder without exactly one TensorFlow, and for a wheel that is cut
 * off or changed, by file.
 */
export const unpackLibrary = (options: UnpackOptions, version?: string): TensorflowLibrary => {
  const wheels = wheelsIn(options.wheels);
  const marked = version ?? `${wheels.version}+${markOf(options.wheels, wheels.names)}`;
  const target = cachedFolder(options.cache, wheels.variant, marked);
  return existsSync(target) ? readLibrary(target) : unpackInto(target, wheels, options);
};
