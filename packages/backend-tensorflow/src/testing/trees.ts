import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { BUILD_INFO } from '../library/buildInfo';
import type { PackageName } from '../packages/packages';
import type { Run, RunResult } from '../process/run';

/** A folder that goes away with the test. */
export const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'steadyformer-tensorflow-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** Writes `text` to a file, making its folder. */
export const place = (path: string, text = ''): string => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
};

/** A project with a tfjs-node package as `npm install --ignore-scripts` leaves it; with an addon if asked. */
export const fakeProject = (
  name: PackageName,
  { addon = false }: { readonly addon?: boolean } = {},
): string => {
  const project = temporary();
  const folder = join(project, 'node_modules', name);
  place(join(folder, 'package.json'), JSON.stringify({ name, version: '4.22.0' }));
  if (addon) place(join(folder, 'lib', 'napi-v8', 'tfjs_binding.node'), 'not an addon');
  return project;
};

/** The end of `build_info.py` in tensorflow 2.21.0, the build with GPU code, to the letter. */
const CUDA_BUILD_INFO = `import collections

build_info = collections.OrderedDict([('cpu_compiler', 'clang'), ('cuda_compute_capabilities', ['sm_60', 'sm_70', 'sm_80', 'sm_89', 'compute_90']), ('cuda_version', '12.5.1'), ('cudnn_version', '9'), ('is_cuda_build', True), ('is_rocm_build', False), ('is_tensorrt_build', False)])
`;

/** The header of a shared library whose table of sections ends where the file does. */
export const fakeElf = (arch: string = process.arch): Buffer => {
  const file = Buffer.alloc(128);
  file.writeUInt32BE(0x7f454c46, 0);
  file.writeUInt16LE(arch === 'x64' ? 62 : 183, 18);
  file.writeBigUInt64LE(64n, 40);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(1, 60);
  return file;
};

interface SitePackages {
  readonly cuda?: boolean;
  readonly version?: string;
  readonly folder?: string;
  readonly arch?: string;
}

/** A `site-packages` that holds what `readLibrary` looks for. */
export const fakeSitePackages = ({
  cuda = false,
  version = '2.21.0',
  folder = temporary(),
  arch = process.arch,
}: SitePackages = {}): string => {
  for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']) {
    writeFileSync(place(join(folder, 'tensorflow', name)), fakeElf(arch));
  }
  place(join(folder, 'tensorflow', 'include/tensorflow/c/c_api.h'));
  mkdirSync(join(folder, `tensorflow_cpu-${version}.dist-info`), { recursive: true });
  if (cuda) {
    place(join(folder, 'nvidia', 'cuda_runtime', 'lib', 'libcudart.so.12'));
    place(join(folder, BUILD_INFO), CUDA_BUILD_INFO);
  }
  return folder;
};

/** A {@link Run} that answers from `answer` and records the calls. */
export const recorded = (
  answer: (command: string, args: readonly string[]) => Partial<RunResult>,
): { readonly run: Run; readonly calls: string[][] } => {
  const calls: string[][] = [];
  const run: Run = (command, args) => {
    calls.push([command, ...args]);
    return { status: 0, stdout: '', stderr: '', ...answer(command, args) };
  };
  return { run, calls };
};
