import type { CudaBuild } from '../library/buildInfo';

/** A shared library that a GPU build loads, and the package of PyPI that holds it. */
export interface CudaFile {
  readonly name: string;
  readonly package: string;
  /** Its folder below `nvidia` is `PART/lib`. */
  readonly part: string;
}

/**
 * What one major version of CUDA calls its libraries, and the oldest Linux driver that runs it: table "CUDA Toolkit and
 * Minimum Required Driver Version for CUDA Minor Version Compatibility" of NVIDIA's release notes.
 */
interface CudaRelease {
  readonly driver: string;
  readonly cufft: number;
  readonly cusolver: number;
  readonly cusparse: number;
}
const RELEASES: ReadonlyMap<number, CudaRelease> = new Map([
  [12, { driver: '525.60.13', cufft: 11, cusolver: 11, cusparse: 12 }],
  [13, { driver: '580', cufft: 12, cusolver: 12, cusparse: 12 }],
]);

const majorOf = (version: string): number => Number(version.split('.')[0]);

/** The oldest driver for a build; undefined for a CUDA that this package does not know. */
export const oldestDriver = ({ cuda }: CudaBuild): string | undefined => RELEASES.get(majorOf(cuda))?.driver;

/**
 * What TensorFlow opens before it uses a GPU, and what those need in turn (`libnvJitLink`); one that is missing and it
 * stays on the CPU. Empty for a CUDA that this package does not know.
 */
export const cudaFiles = ({ cuda, cudnn }: CudaBuild): CudaFile[] => {
  const major = majorOf(cuda);
  const release = RELEASES.get(major);
  if (!release) return [];
  const suffix = `cu${major}`;
  const file = (name: string, number: number | string, part: string): CudaFile => ({
    name: `lib${name}.so.${number}`,
    package: `nvidia-${part.replaceAll('_', '-')}-${suffix}`,
    part,
  });
  return [
    file('cudart', major, 'cuda_runtime'),
    file('cublas', major, 'cublas'),
    file('cublasLt', major, 'cublas'),
    file('cufft', release.cufft, 'cufft'),
    file('cusolver', release.cusolver, 'cusolver'),
    file('cusparse', release.cusparse, 'cusparse'),
    file('nvJitLink', major, 'nvjitlink'),
    file('cudnn', cudnn ? majorOf(cudnn) : 9, 'cudnn'),
  ];
};

/** `sm_89` as 8.9, `compute_90` as 9. */
const number = (name: string): number => Number(/(\d+)\D*$/.exec(name)?.[1] ?? 0) / 10;

/**
 * Whether a build has code for a device: machine code of the same major version, at most as new; or code of an older or
 * equal virtual architecture, which the driver compiles when it first runs (minutes, once).
 */
export const codeFor = (
  { capabilities }: CudaBuild,
  capability: number,
): 'compiled' | 'driver' | undefined => {
  const older = capabilities.filter((name) => number(name) <= capability);
  if (older.some((name) => name.startsWith('sm_') && Math.floor(number(name)) === Math.floor(capability))) {
    return 'compiled';
  }
  return older.some((name) => name.startsWith('compute_')) ? 'driver' : undefined;
};
