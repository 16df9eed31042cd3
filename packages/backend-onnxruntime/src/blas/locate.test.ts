import { expect, it } from 'vitest';
import { blasCandidates, type Place } from './locate';

const place = (files: readonly string[], changes: Partial<Place> = {}): Place => ({
  platform: 'linux',
  arch: 'x64',
  environment: {},
  home: '/me',
  names: (folder) =>
    files.filter((file) => file.startsWith(`${folder}/`)).map((file) => file.slice(folder.length + 1)),
  ...changes,
});

it('takes MKL of the active environments, then the user, then the system', () => {
  const files = [
    '/usr/lib/x86_64-linux-gnu/libmkl_rt.so',
    '/me/.local/lib/libmkl_rt.so.2',
    '/conda/lib/libmkl_rt.so.2',
    '/venv/lib/libmkl_rt.so.3',
    '/opt/intel/oneapi/mkl/latest/lib/libmkl_rt.so.3',
    '/mkl/lib/libmkl_rt.so.3',
  ];
  const environment = { VIRTUAL_ENV: '/venv', CONDA_PREFIX: '/conda', MKLROOT: '/mkl' };
  expect(blasCandidates(place(files, { environment }))).toEqual([
    '/venv/lib/libmkl_rt.so.3',
    '/conda/lib/libmkl_rt.so.2',
    '/mkl/lib/libmkl_rt.so.3',
    '/me/.local/lib/libmkl_rt.so.2',
    '/opt/intel/oneapi/mkl/latest/lib/libmkl_rt.so.3',
    '/usr/lib/x86_64-linux-gnu/libmkl_rt.so',
  ]);
  expect(blasCandidates(place(files.slice(2)))).toEqual(['/opt/intel/oneapi/mkl/latest/lib/libmkl_rt.so.3']);
});

it('takes the highest version of a folder, and nothing that is only like it', () => {
  const names = [
    'libmkl_rt.so',
    'libmkl_rt.so.3',
    'libmkl_rt.so.10',
    'libmkl_core.so.11',
    'libmkl_rt.so.12.old',
  ];
  const files = names.map((name) => `/venv/lib/${name}`);
  expect(blasCandidates(place(files, { environment: { VIRTUAL_ENV: '/venv' } }))).toEqual([
    '/venv/lib/libmkl_rt.so.10',
  ]);
});

it('takes Accelerate on macOS, and nothing where MKL does not run', () => {
  expect(blasCandidates(place([], { platform: 'darwin', arch: 'arm64' }))).toEqual([
    '/System/Library/Frameworks/Accelerate.framework/Accelerate',
  ]);
  expect(blasCandidates(place(['/usr/local/lib/libmkl_rt.so'], { arch: 'arm64' }))).toEqual([]);
});

it.runIf(process.platform === 'win32')(
  'takes the libraries of Windows from where its installers put them',
  () => {
    const environment = { VIRTUAL_ENV: 'C:\\venv' };
    const names = (folder: string): string[] => (folder === 'C:\\venv\\Library\\bin' ? ['mkl_rt.3.dll'] : []);
    expect(blasCandidates(place([], { platform: 'win32', environment, names }))).toEqual([
      'C:\\venv\\Library\\bin\\mkl_rt.3.dll',
    ]);
  },
);

it('finds nothing amiss on this machine', () => {
  expect(blasCandidates().every((path) => path.length > 0)).toBe(true);
});
