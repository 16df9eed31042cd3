import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Run } from '../process/run';
import type { CudaFile } from './requirements';

/** Where the loader looks. */
export interface SearchOptions {
  /** The `nvidia` folder of CUDA wheels, where there is one: a GPU build names its parts in its own search path. */
  readonly cuda: string | undefined;
  /** `LD_LIBRARY_PATH`. */
  readonly path: string | undefined;
  readonly run: Run;
  /** Of the file system: `/` but in tests. */
  readonly root: string;
}

/** The folders of the loader's own, on the distributions that TensorFlow's wheels run on. */
const SYSTEM = [
  'lib64',
  'usr/lib64',
  'lib',
  'usr/lib',
  ...['x86_64', 'aarch64'].flatMap((arch) => [`lib/${arch}-linux-gnu`, `usr/lib/${arch}-linux-gnu`]),
];

/** The loader's cache: `libcudart.so.12 (libc6,x86-64) => /usr/local/cuda/lib64/libcudart.so.12`. */
const inCache = (run: Run): ReadonlyMap<string, string> => {
  const first = run('ldconfig', ['-p']);
  const { stdout } = first.status === 0 ? first : run('/sbin/ldconfig', ['-p']);
  return new Map(
    [...stdout.matchAll(/^\s*(\S+) \(.*=> (.+)$/gm)].map(([, name, path]) => [name ?? '', path ?? '']),
  );
};

/** Each library with the file that the loader would take; undefined where it would find none, or a dangling link. */
export const findFiles = (
  files: readonly CudaFile[],
  { cuda, path = '', run, root }: SearchOptions,
): ReadonlyMap<CudaFile, string | undefined> => {
  const cache = inCache(run);
  const folders = [
    ...path.split(delimiter).filter((folder) => folder !== ''),
    ...SYSTEM.map((folder) => join(root, folder)),
  ];
  return new Map(
    files.map((file) => {
      const candidates = [
        ...(cuda === undefined ? [] : [join(cuda, file.part, 'lib', file.name)]),
        ...folders.map((folder) => join(folder, file.name)),
        cache.get(file.name) ?? '',
      ];
      return [file, candidates.find((candidate) => candidate !== '' && existsSync(candidate))];
    }),
  );
};
