import { expect, it } from 'vitest';
import { candidates, type Place } from './locate';

const place = (files: readonly string[], path = '/usr/bin', platform = 'linux'): Place => ({
  platform,
  environment: { PATH: path },
  exists: (file) => files.includes(file),
  real: (file) => (file === '/usr/bin/mpirun' ? '/opt/real/bin/orterun' : file),
});
const openMpi = { name: "Open MPI's mpirun", size: 2, kind: 'openmpi' } as const;
const mpich = { name: "MPICH's mpirun", size: 2, kind: 'mpich' } as const;

it("begins with the launcher's kind, by the names that the loader knows", () => {
  expect(candidates(openMpi, place([]))).toEqual(['libmpi.so.40', 'libmpich.so.12', 'libmpi.so.12']);
  expect(candidates(mpich, place([]))).toEqual(['libmpich.so.12', 'libmpi.so.12', 'libmpi.so.40']);
  expect(candidates(undefined, place([]))[0]).toBe('libmpi.so.40');
});

it('prefers what lies beside the first mpirun of the PATH, links followed', () => {
  const files = ['/soft/bin/mpirun', '/soft/lib/libmpi.so.40', '/usr/bin/mpirun', '/usr/lib/libmpi.so.40'];
  expect(candidates(openMpi, place(files, '/none:/soft/bin:/usr/bin'))[0]).toBe('/soft/lib/libmpi.so.40');
  const linked = ['/usr/bin/mpirun', '/opt/real/lib64/libmpi.so.40'];
  expect(candidates(openMpi, place(linked))[0]).toBe('/opt/real/lib64/libmpi.so.40');
});

it('knows where distributions hide them, and where macOS has them', () => {
  expect(candidates(mpich, place(['/usr/lib64/mpich/lib/libmpi.so.12']))).toContain(
    '/usr/lib64/mpich/lib/libmpi.so.12',
  );
  expect(candidates(undefined, place(['/opt/homebrew/lib/libmpi.dylib'], '', 'darwin'))).toEqual([
    '/opt/homebrew/lib/libmpi.dylib',
  ]);
});
