import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gpuMachine } from '../testing/gpuMachine';
import { place, temporary } from '../testing/trees';
import { findFiles } from './findFiles';

const cudnn = { name: 'libcudnn.so.9', package: 'nvidia-cudnn-cu12', part: 'cudnn' };

test('takes the wheels first, then LD_LIBRARY_PATH, the folders of the system, and the cache of the loader', () => {
  const elsewhere = place(join(temporary(), 'libcudnn.so.9'));
  const loaderCache = `1 libs found in cache\n\tlibcudnn.so.9 (libc6,x86-64) => ${elsewhere}`;
  const { root, run } = gpuMachine({ loaderCache });
  const cuda = temporary();
  const own = temporary();
  const found = (path?: string) => findFiles([cudnn], { cuda, path, run, root }).get(cudnn);
  expect(found()).toBe(elsewhere);
  const system = place(join(root, 'usr/lib/x86_64-linux-gnu/libcudnn.so.9'));
  expect(found()).toBe(system);
  const named = place(join(own, 'libcudnn.so.9'));
  expect(found(`:${own}`)).toBe(named);
  const wheel = place(join(cuda, 'cudnn/lib/libcudnn.so.9'));
  expect(found(own)).toBe(wheel);
});

test('a dangling link and a name of another version are not found', () => {
  const { root, run } = gpuMachine({ libraries: ['libcudnn.so.8'] });
  const own = temporary();
  symlinkSync(join(own, 'gone'), join(own, 'libcudnn.so.9'));
  const loaderCache = `\tlibcudnn.so.9 (libc6,x86-64) => ${join(own, 'gone')}`;
  expect(findFiles([cudnn], { cuda: undefined, path: own, run, root }).get(cudnn)).toBeUndefined();
  const cached = gpuMachine({ loaderCache });
  expect(findFiles([cudnn], { cuda: own, path: undefined, ...cached }).get(cudnn)).toBeUndefined();
});
