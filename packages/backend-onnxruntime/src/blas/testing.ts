import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Blas } from './library';
import { blasCandidates } from './locate';

/** Where Debian's packages put OpenBLAS. */
const OPENBLAS = ['x86_64', 'aarch64'].flatMap((each) =>
  ['openblas-pthread', 'openblas-openmp', 'openblas-serial'].map(
    (kind) => `/usr/lib/${each}-linux-gnu/${kind}/libopenblas.so.0`,
  ),
);

/** The libraries of this machine, to be tested, by what the tests call them. Where there is none, they skip and say so. */
export const librariesHere = (
  named: string = process.env.STEADYFORMER_BLAS ?? '',
): [name: string, path: string][] => {
  const given = named === '' || named === 'auto' || named === 'none' ? [] : [named];
  const all = [...given, ...blasCandidates(), ...OPENBLAS.filter((path) => existsSync(path)).slice(0, 1)];
  return [...new Set(all)].map((path) => [basename(path), path]);
};

/** What tests of libraries are called where there is none. */
export const NONE = 'skipped: no MKL, Accelerate or OpenBLAS here (apt-get install libopenblas0-pthread)';

/** cblas_sgemm in JavaScript, row by row in memory, sums in double precision. */
export const plainSgemm = (...args: unknown[]): void => {
  const [, transA, transB, m, n, k, alpha, , lda, , ldb, beta, , ldc] = args as number[];
  const [a, b, c] = [args[7], args[9], args[12]] as Float32Array[];
  for (let i = 0; i < m!; i++) {
    for (let j = 0; j < n!; j++) {
      let sum = 0;
      for (let l = 0; l < k!; l++) {
        const left = a![transA === 112 ? l * lda! + i : i * lda! + l]!;
        sum += left * b![transB === 112 ? j * ldb! + l : l * ldb! + j]!;
      }
      const at = i * ldc! + j;
      c![at] = alpha! * sum + (beta === 0 ? 0 : beta! * c![at]!);
    }
  }
};

/** A library that is not there. */
export const plainBlas = (changes: Partial<Blas> = {}): Blas => ({
  path: '/lib/libplain.so',
  name: 'plain',
  sgemm: plainSgemm,
  useThreads: () => {},
  handles: [],
  ...changes,
});
