import { expect, test } from 'vitest';
import { cudaBuildOf } from '../library/buildInfo';
import { fakeSitePackages } from '../testing/trees';
import { codeFor, cudaFiles, oldestDriver } from './requirements';

const build = () => cudaBuildOf(`${fakeSitePackages({ cuda: true })}/tensorflow`)!;

test('a wheel says which CUDA it was built with; a CPU wheel says none', () => {
  expect(build()).toEqual({
    cuda: '12.5.1',
    cudnn: '9',
    capabilities: ['sm_60', 'sm_70', 'sm_80', 'sm_89', 'compute_90'],
  });
  expect(cudaBuildOf(`${fakeSitePackages()}/tensorflow`)).toBeUndefined();
});

// The names are those of the files in the wheels that `tensorflow[and-cuda]==2.21.0` asks for.
test('CUDA 12 and its libraries by file and package', () => {
  expect(Object.fromEntries(cudaFiles(build()).map((file) => [file.name, file.package]))).toEqual({
    'libcudart.so.12': 'nvidia-cuda-runtime-cu12',
    'libcublas.so.12': 'nvidia-cublas-cu12',
    'libcublasLt.so.12': 'nvidia-cublas-cu12',
    'libcufft.so.11': 'nvidia-cufft-cu12',
    'libcusolver.so.11': 'nvidia-cusolver-cu12',
    'libcusparse.so.12': 'nvidia-cusparse-cu12',
    'libnvJitLink.so.12': 'nvidia-nvjitlink-cu12',
    'libcudnn.so.9': 'nvidia-cudnn-cu12',
  });
  expect(oldestDriver(build())).toBe('525.60.13');
});

test('a CUDA that is not known asks for nothing', () => {
  const later = { ...build(), cuda: '14.1' };
  expect([cudaFiles(later), oldestDriver(later)]).toEqual([[], undefined]);
});

test.each([
  [3.7, undefined],
  [6.0, 'compiled'],
  [6.1, 'compiled'],
  [7.5, 'compiled'],
  [8.6, 'compiled'],
  [8.9, 'compiled'],
  [9.0, 'driver'],
  [12.0, 'driver'],
])('compute capability %s: %s', (capability, expected) => {
  expect(codeFor(build(), capability)).toBe(expected);
});
