import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The CUDA that a GPU build of TensorFlow was made with. */
export interface CudaBuild {
  /** E.g. '12.5.1': its major number is in the names of the libraries that it loads. */
  readonly cuda: string;
  /** E.g. '9'. */
  readonly cudnn: string | undefined;
  /** E.g. `['sm_60', 'sm_80', 'compute_90']`: machine code (`sm`) and what a driver compiles further (`compute`). */
  readonly capabilities: readonly string[];
}

/** Where a wheel says how it was built; part of what is kept of a download. */
export const BUILD_INFO = 'tensorflow/python/platform/build_info.py';

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** Reads the build information in a wheel's `tensorflow` folder; undefined for a CPU build, or where nothing says. */
export const cudaBuildOf = (folder: string): CudaBuild | undefined => {
  const text = read(join(folder, '..', BUILD_INFO));
  const value = (key: string): string | undefined => new RegExp(`'${key}', '([^']*)'`).exec(text)?.[1];
  const cuda = value('cuda_version');
  if (cuda === undefined || !/'is_cuda_build', True/.test(text)) return undefined;
  const listed = /'cuda_compute_capabilities', \[([^\]]*)\]/.exec(text)?.[1] ?? '';
  return {
    cuda,
    cudnn: value('cudnn_version'),
    capabilities: [...listed.matchAll(/'([^']*)'/g)].map(([, name]) => name ?? ''),
  };
};
