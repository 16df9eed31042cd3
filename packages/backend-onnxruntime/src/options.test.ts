import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveOptions } from './options';

describe('resolveOptions', () => {
  it('uses all cores by default', () => {
    expect(resolveOptions({}, {})).toEqual({
      threads: availableParallelism(),
      libraryPath: undefined,
      poolBytes: 8 * 2 ** 30,
      kernels: 'wasm',
      blas: 'auto',
      forceNative: false,
    });
  });

  it('takes the environment where an option is not given', () => {
    const environment = {
      STEADYFORMER_THREADS: '3',
      STEADYFORMER_ONNXRUNTIME: '/lib/x.so',
      STEADYFORMER_FORCE_NATIVE: '1',
      STEADYFORMER_KERNELS: 'graph',
      STEADYFORMER_BLAS: 'none',
    };
    expect(resolveOptions({}, environment)).toMatchObject({
      threads: 3,
      libraryPath: '/lib/x.so',
      kernels: 'graph',
      blas: 'none',
      forceNative: true,
    });
    const given = { threads: 1, libraryPath: '/y.so', kernels: 'wasm', blas: 'auto' } as const;
    expect(resolveOptions(given, environment)).toMatchObject({
      threads: 1,
      kernels: 'wasm',
      libraryPath: '/y.so',
      blas: 'auto',
    });
  });

  it('makes the path of a BLAS absolute, and takes an empty variable for none', () => {
    expect(resolveOptions({ blas: 'lib/x.so' }, {}).blas).toBe(resolve('lib/x.so'));
    expect(resolveOptions({}, { STEADYFORMER_BLAS: '/y.so' }).blas).toBe(resolve('/y.so'));
    expect(resolveOptions({}, { STEADYFORMER_BLAS: '' }).blas).toBe('auto');
  });

  it.each([
    [null, /configure: received null, allowed an object of threads/],
    [[], /configure: received a list/],
    [new Map(), /configure: received an object/],
    ['threads', /configure: received threads/],
    [{ threads: Symbol('x') }, /threads: received Symbol\(x\), allowed whole numbers >= 1/],
    [{ poolBytes: Object.create(null) }, /poolBytes: received an object/],
    [{ kernels: 'simd' }, /kernels: received simd, allowed 'wasm', 'graph'/],
    [{ blas: 3 }, /blas: received 3, allowed 'auto', 'none', the path of a library/],
    [{ blas: '' }, /blas: received/],
    [{ libraryPath: 3 }, /libraryPath: received 3, allowed the path/],
    [{ libraryPath: '' }, /libraryPath: received/],
    [{ forceNative: 'no' }, /forceNative: received no, allowed true, false/],
    [{ forceNative: 'x'.repeat(1e6) }, /\(1000000 characters\)/],
    [{ ['x'.repeat(1e6)]: 1 }, /unknown option 'x{100}\.\.\. \(1000000 characters\)'/],
  ] as const)('refuses %o', (options, message) => {
    expect(() => resolveOptions(options as object, {})).toThrow(message);
  });

  it('refuses unknown options and values out of range', () => {
    expect(() => resolveOptions({ thread: 2 } as object)).toThrow(
      /unknown option 'thread'. Allowed: threads/,
    );
    expect(() => resolveOptions({ threads: 0 })).toThrow(/threads: received 0/);
    expect(() => resolveOptions({ poolBytes: -1 })).toThrow(/poolBytes: received -1/);
    expect(() => resolveOptions({}, { STEADYFORMER_THREADS: 'two' })).toThrow(
      /STEADYFORMER_THREADS: received NaN/,
    );
  });
});
