import { describe, expect, it } from 'vitest';
import { type Ffi, loadFfi } from '../ort/ffi';
import { locateLibrary } from '../ort/locate';
import { numbers } from '../testing';
import { checkBlas, entryOf } from './check';
import { loadBlas } from './library';
import { FORMS, multiply, type Product } from './product';
import { librariesHere, NONE } from './testing';

const libraries = librariesHere();

/** A library as koffi would give it: functions by name. */
const holding = (functions: Readonly<Record<string, (...args: unknown[]) => unknown>>): Ffi => {
  const func = (name: string): unknown => {
    if (functions[name] === undefined) throw new Error(`Cannot find function '${name}' in shared library`);
    return functions[name];
  };
  // The program itself, and the library that opens others there.
  const system = { func: () => () => {} };
  const load = (path: string | null): unknown =>
    path === null || path === 'kernel32.dll' ? system : { func };
  return { load } as unknown as Ffi;
};

const product = (form: Product['form'], m: number, n: number, k: number): Product => {
  const next = numbers(m + n + k);
  const filled = (size: number): Float32Array =>
    new Float32Array(new ArrayBuffer(Math.max(72, 4 * size)), 0, size).map(next);
  return { form, m, n, k, a: filled(m * k), b: filled(k * n), c: filled(m * n).fill(Number.NaN) };
};

describe.each(libraries)('%s', (_, path) => {
  const blas = loadBlas(loadFfi(), path, 2);

  it('says who it is', () => {
    expect(blas.path).toBe(path);
    expect(blas.name).toMatch(/^(MKL \d{4}\.\d|OpenBLAS \d|Accelerate$)/);
    expect(() => checkBlas(blas, 2)).not.toThrow();
  });

  it.each(FORMS)('multiplies as double precision does: %s', (form) => {
    for (const threads of [1, 2]) {
      blas.useThreads(threads);
      for (const [m, n, k] of [
        [1, 1, 1],
        [1, 40, 3],
        [7, 1, 5],
        [33, 17, 64],
        [160, 200, 96],
      ] as const) {
        const each = product(form, m, n, k);
        multiply(blas, each);
        const errors = each.c.map((value, i) => Math.abs(value - entryOf(each, Math.floor(i / n), i % n)));
        // Of a NaN, the greatest is NaN.
        expect(Math.max(...errors)).toBeLessThanOrEqual(1e-6 * Math.max(1, k / 8));
      }
    }
  });

  it.each(FORMS)('lets what is not finite through, and nothing else: %s', (form) => {
    const [m, n, k] = [19, 23, 21];
    const each = product(form, m, n, k);
    each.a[3] = Number.NaN;
    each.a[40] = 0;
    each.b.fill(Number.POSITIVE_INFINITY, 50, 51);
    each.b.fill(Number.NEGATIVE_INFINITY, 71, 73);
    multiply(blas, each);
    for (let i = 0; i < m * n; i++) {
      const expected = entryOf(each, Math.floor(i / n), i % n);
      if (Number.isFinite(expected)) expect(Math.abs(each.c[i]! - expected)).toBeLessThan(1e-5);
      else expect(each.c[i]).toBe(expected);
    }
  });

  it('gives the same bits whenever it is asked, wherever the operands lie', () => {
    const [m, n, k] = [256, 300, 200];
    const first = product('NN', m, n, k);
    blas.useThreads(2);
    multiply(blas, first);
    for (const shift of [0, 1, 5, 16]) {
      const moved = (values: Float32Array): Float32Array => {
        const place = new Float32Array(new ArrayBuffer(4 * (values.length + 64)), 4 * shift, values.length);
        place.set(values);
        return place;
      };
      const again = { ...first, a: moved(first.a), b: moved(first.b), c: moved(first.c) };
      for (let i = 0; i < 3; i++) {
        again.c.fill(Number.NaN);
        multiply(blas, again);
        expect(again.c.every((value, at) => Object.is(value, first.c[at]))).toBe(true);
      }
    }
  });
});

if (libraries.length === 0) it.skip(NONE, () => {});

describe('a library that cannot multiply', () => {
  it('is not there', () => {
    expect(() => loadBlas(loadFfi(), '/nowhere/libblas.so', 1)).toThrow(
      /^The BLAS library '.*nowhere.*libblas\.so' cannot be loaded on .*: there is no such file\. Name another in STEADYFORMER_BLAS or configure\(\{ blas \}\), or 'none'/,
    );
  });

  it('is no library', () => {
    expect(() => loadBlas(loadFfi(), import.meta.filename, 1)).toThrow(
      /library\.test\.ts' cannot be loaded on/,
    );
  });

  it('is another library', () => {
    expect(() => loadBlas(loadFfi(), locateLibrary(undefined), 1)).toThrow(
      /onnxruntime.*' is no BLAS with a C interface: it has no cblas_sgemm\. Name another/,
    );
  });

  it.each([
    ['by what it answers', { cblas_sgemm: () => {}, cblas_sdot: () => 0 }],
    ['by its names', { cblas_sgemm64_: () => {} }],
    ['by the names of a wheel', { scipy_cblas_sgemm64_: () => {} }],
  ])('has 64-bit integers, %s', (_, functions) => {
    expect(() => loadBlas(holding(functions), '/lib/libwide.so', 1)).toThrow(
      /libwide\.so' is a BLAS of 64-bit integers \(ILP64\); one of 32-bit integers \(LP64\) is needed\. Name another/,
    );
  });
});

describe('threads', () => {
  const base = { cblas_sgemm: () => {}, cblas_sdot: () => 2 };

  it("of OpenBLAS are the process's: never more than somebody asked for", () => {
    let now = 8;
    const openBlas = {
      ...base,
      openblas_get_num_threads: () => now,
      openblas_set_num_threads: (n: unknown) => {
        now = n as number;
      },
      openblas_get_config: () => 'OpenBLAS 0.3.29  NO_AFFINITY SkylakeX MAX_THREADS=64',
    };
    const seen = [12, 4, 1, 4].map((threads) => {
      expect(loadBlas(holding(openBlas), '/lib/libopenblas.so', threads).name).toBe('OpenBLAS 0.3.29');
      return now;
    });
    expect(seen).toEqual([8, 4, 1, 1]);
  });

  it('of Accelerate are several or one', () => {
    const seen: unknown[] = [];
    const accelerate = { ...base, BLASSetThreading: (how: unknown) => seen.push(how) };
    for (const threads of [4, 1]) loadBlas(holding(accelerate), '/lib/Accelerate', threads);
    expect(seen).toEqual([0, 1]);
  });
});
