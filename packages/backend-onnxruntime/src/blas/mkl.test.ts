import { expect, it } from 'vitest';
import { checkParts, MKL_FILE } from './mkl';

it.each([
  ['libmkl_rt.so.3', true],
  ['libmkl_rt.so', true],
  ['mkl_rt.2.dll', true],
  ['libmkl_rt.so.3.bak', false],
  ['libmkl_intel_lp64.so.3', false],
])('%s is the library that loads the others: %s', (name, expected) => {
  expect(MKL_FILE.test(name)).toBe(expected);
});

it.each([
  ['/a/libmkl_rt.so.3', '/a/libmkl_def.so.3'],
  ['/a/libmkl_rt.so', '/a/libmkl_core.so'],
  ['/a/mkl_rt.2.dll', '/a/mkl_intel_thread.2.dll'],
])('refuses %s, which would end the process, without %s', (path, absent) => {
  expect(() => checkParts(path, () => true)).not.toThrow();
  const name = absent.slice(3).replaceAll('.', '\\.');
  expect(() => checkParts(path, (each) => each !== absent)).toThrow(
    new RegExp(`'${path}' is a part of MKL .* '${name}' is missing beside it\\. Run pip install mkl`),
  );
});
