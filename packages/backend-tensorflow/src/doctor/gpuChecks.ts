import { dirname } from 'node:path';
import { type Device, findGpu } from '../gpu/driver';
import { findFiles, type SearchOptions } from '../gpu/findFiles';
import { codeFor, cudaFiles, oldestDriver } from '../gpu/requirements';
import type { CudaBuild } from '../library/buildInfo';
import type { TensorflowLibrary } from '../library/library';
import { isOlder } from '../library/versions';
import { SETUP } from '../packages/availability';
import { absent, type Check, missing, well } from './checks';

export interface GpuOptions extends Omit<SearchOptions, 'cuda'> {
  /** What is linked, or what setup would take; undefined where there is none. */
  readonly library: TensorflowLibrary | undefined;
  readonly python: string;
}

/** Below this a process can hardly start: CUDA's own context and the loaded kernels take about half of it. */
const LITTLE_MEMORY = 1024;

const driverCheck = (driver: string, build: CudaBuild | undefined): Check => {
  const oldest = build && oldestDriver(build);
  if (build && oldest !== undefined && isOlder(driver, oldest)) {
    return missing(
      'GPU driver',
      `NVIDIA ${driver} is too old for CUDA ${build.cuda}: needed ${oldest} or newer`,
      'apt-get install nvidia-driver (on the host, where this is a container), then reboot',
    );
  }
  return well('GPU driver', `NVIDIA ${driver}`);
};

const deviceCheck = (found: Device, build: CudaBuild | undefined): Check => {
  const { index, capability, memory, free } = found;
  const name = `GPU ${index}`;
  const [total, left] = [memory, free].map((mib) => `${(mib / 1024).toFixed(1)} GiB`);
  const text = `${found.name}, compute capability ${capability?.toFixed(1) ?? 'unknown'}, ${left} of ${total} free`;
  if (free < LITTLE_MEMORY) {
    return missing(
      name,
      `${text}: other processes hold its memory`,
      'nvidia-smi, and end those that it lists',
    );
  }
  const code = build && capability !== undefined ? codeFor(build, capability) : 'compiled';
  if (code === undefined) {
    const list = build?.capabilities.join(', ');
    return missing(name, `${text}: this TensorFlow has code for ${list} only`, `${SETUP} --fetch cpu`);
  }
  return well(
    name,
    code === 'driver' ? `${text}; the driver compiles its kernels at first use (minutes, once)` : text,
  );
};

/** The libraries by file, as the loader would find them. */
const libraryCheck = (
  { library, python, ...search }: GpuOptions & { readonly library: TensorflowLibrary },
  build: CudaBuild,
): Check => {
  const files = cudaFiles(build);
  if (files.length === 0) {
    return absent('CUDA libraries', `CUDA ${build.cuda} is not known here, so its files were not looked for`);
  }
  const found = findFiles(files, { ...search, cuda: library.cuda });
  const gone = files.filter((file) => found.get(file) === undefined);
  if (gone.length === 0) {
    const folders = new Set([...found.values()].map((path) => dirname(path ?? '')));
    const [first = ''] = folders;
    const place = library.cuda && first.startsWith(library.cuda) ? library.cuda : first;
    return well('CUDA libraries', `all ${files.length} of CUDA ${build.cuda}, ${place}`);
  }
  const site = dirname(library.folder);
  const packages = [...new Set(gone.map((file) => file.package))].join(' ');
  return missing(
    'CUDA libraries',
    `the loader finds no ${gone.map(({ name }) => name).join(', ')}`,
    `${python} -m pip install --no-deps --target ${site} ${packages} && ${SETUP} --library ${site}`,
  );
};

/**
 * What stands between TensorFlow and the machine's NVIDIA GPUs. One line where there are none: then nothing is wanted.
 */
export const gpuChecks = (options: GpuOptions): Check[] => {
  const { library, run, root } = options;
  const build = library?.build;
  const gpu = findGpu(run, root);
  if (gpu.kind === 'none') return [absent('GPU', 'no NVIDIA GPU on this machine; the CPU is used')];
  if (gpu.kind === 'fault') {
    return [(build ? missing : absent)('GPU driver', gpu.reason, gpu.remedy)];
  }
  const devices = [
    driverCheck(gpu.driver, build),
    ...gpu.devices.map((device) => deviceCheck(device, build)),
  ];
  if (library === undefined) return devices;
  if (build === undefined) {
    return [
      ...devices,
      absent('CUDA libraries', 'this TensorFlow is a CPU build: the GPU is not used', `${SETUP} --fetch gpu`),
    ];
  }
  return [...devices, libraryCheck({ ...options, library }, build)];
};
