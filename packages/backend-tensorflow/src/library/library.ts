import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { TensorflowBackendError } from '../checks/errors';
import { type CudaBuild, cudaBuildOf } from './buildInfo';
import { readElf } from './elf';
import { isOlder } from './versions';

/** A TensorFlow library and its C headers as a Python wheel lays them out. Every path is absolute. */
export interface TensorflowLibrary {
  /** The wheel's `tensorflow` folder. */
  readonly folder: string;
  readonly include: string;
  /** `libtensorflow_cc.so.2`: the ops and `TFE_*`. */
  readonly main: string;
  /** `libtensorflow_framework.so.2`: `TF_NewTensor`, `TF_*Status`. */
  readonly framework: string;
  /** From the `.dist-info` folder beside it; undefined where there is none. */
  readonly version: string | undefined;
  /** The `nvidia` folder of CUDA wheels beside it; undefined where there is none. */
  readonly cuda: string | undefined;
  /** What CUDA it was built with; undefined for a CPU build. */
  readonly build: CudaBuild | undefined;
}

export const MAIN_LIBRARY = 'libtensorflow_cc.so.2';
export const FRAMEWORK_LIBRARY = 'libtensorflow_framework.so.2';
const HEADER = join('include', 'tensorflow', 'c', 'c_api.h');
const REQUIRED = [MAIN_LIBRARY, FRAMEWORK_LIBRARY, HEADER] as const;

const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

const versionBeside = (folder: string): string | undefined =>
  list(dirname(folder))
    .map((name) => /^tensorflow(?:_cpu|_intel|_gpu)?-(.+)\.dist-info$/.exec(name)?.[1])
    .find((version) => version !== undefined);

const missingIn = (folder: string): string[] => REQUIRED.filter((name) => !existsSync(join(folder, name)));

/** The oldest release whose wheel holds what is linked here and whose headers the addon's sources compile against. */
export const OLDEST_VERSION = '2.13';

/** @throws TensorflowBackendError where a library is cut off, is none, or is for another processor. */
const checkFile = (path: string, arch: string): void => {
  const elf = readElf(path);
  if (!elf?.complete) {
    throw new TensorflowBackendError(
      `${path} is ${elf ? 'cut off: a copy or a download broke off' : 'no shared library'}. Delete its folder and fetch it again: npx steadyformer-tensorflow setup --fetch cpu`,
    );
  }
  if (elf.arch !== arch) {
    throw new TensorflowBackendError(
      `${path} is for ${elf.arch ?? 'another processor'}, this Node is for ${arch}: give a wheel for ${arch}, or a Node for ${elf.arch ?? 'the other'}.`,
    );
  }
};

/** @throws TensorflowBackendError where a version is known and older than {@link OLDEST_VERSION}. */
const checkVersion = (version: string | undefined, folder: string): void => {
  if (version === undefined || !isOlder(version, OLDEST_VERSION)) return;
  throw new TensorflowBackendError(
    `TensorFlow ${version} in ${folder} is too old: needed ${OLDEST_VERSION} or newer. Run: npx steadyformer-tensorflow setup --fetch cpu`,
  );
};

/**
 * Reads the TensorFlow library in `given`: a wheel's `tensorflow` folder, or the `site-packages` that holds it.
 *
 * @throws TensorflowBackendError that lists what is missing, or says what is cut off, too old or for another processor.
 */
export const readLibrary = (given: string, arch: string = process.arch): TensorflowLibrary => {
  const path = resolve(given);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isDirectory()) {
    throw new TensorflowBackendError(
      `no TensorFlow library in '${path}': ${found ? 'that is a file' : 'there is no such folder'}. Give the 'tensorflow' folder of an unpacked tensorflow or tensorflow-cpu wheel, or the site-packages that holds it.`,
    );
  }
  const nested = join(path, 'tensorflow');
  const folder = missingIn(path).length > 0 && existsSync(join(nested, MAIN_LIBRARY)) ? nested : path;
  const version = versionBeside(folder);
  checkVersion(version, folder);
  const missing = missingIn(folder);
  if (missing.length > 0) {
    throw new TensorflowBackendError(
      `no TensorFlow library in '${path}': missing ${missing.join(', ')}. Give the 'tensorflow' folder of an unpacked tensorflow or tensorflow-cpu wheel, or the site-packages that holds it.`,
    );
  }
  for (const name of [MAIN_LIBRARY, FRAMEWORK_LIBRARY]) checkFile(join(folder, name), arch);
  const cuda = join(dirname(folder), 'nvidia');
  return {
    folder,
    include: join(folder, 'include'),
    main: join(folder, MAIN_LIBRARY),
    framework: join(folder, FRAMEWORK_LIBRARY),
    version,
    cuda: existsSync(cuda) ? cuda : undefined,
    build: cudaBuildOf(folder),
  };
};
