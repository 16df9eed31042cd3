import { OnnxRuntimeError } from '../errors';
import type { Blas } from './library';
import { FORMS, type Form, multiply, type Product } from './product';

/** Whole numbers, so that sums are exact in whatever order they are made. */
const whole = (size: number, step: number): Float32Array => {
  const values = new Float32Array(new ArrayBuffer(4 * size));
  for (let i = 0; i < size; i++) values[i] = ((i * step) % 13) - 6;
  return values;
};

/** An entry of a product, in double precision. */
export const entryOf = ({ form, m, n, k, a, b }: Product, row: number, column: number): number => {
  let sum = 0;
  for (let i = 0; i < k; i++) {
    const left = form[0] === 'T' ? a[i * m + row]! : a[row * k + i]!;
    const right = form[1] === 'T' ? b[column * k + i]! : b[i * n + column]!;
    sum += left * right;
  }
  return sum;
};

const checkForm = (blas: Blas, form: Form, m: number, n: number, k: number): void => {
  // What the result's memory held must not count.
  const c = new Float32Array(new ArrayBuffer(4 * m * n)).fill(Number.NaN);
  const product = { form, m, n, k, a: whole(m * k, 5), b: whole(k * n, 7), c };
  multiply(blas, product);
  for (let i = 0; i < m * n; i++) {
    const expected = entryOf(product, Math.floor(i / n), i % n);
    if (c[i] === expected) continue;
    throw new OnnxRuntimeError(
      `The BLAS library '${blas.path}' computes wrongly (an entry of ${m} x ${k} by ${k} x ${n}, ${form}, is ${c[i]}, not ${expected}). Install another build, or set STEADYFORMER_BLAS=none.`,
    );
  }
};

/**
 * Multiplies small matrices in all forms, into memory of NaN, and compares every entry exactly.
 *
 * @throws OnnxRuntimeError where one differs
 */
export const checkBlas = (blas: Blas, threads: number): void => {
  for (const used of new Set([1, threads])) {
    blas.useThreads(used);
    for (const form of FORMS) {
      checkForm(blas, form, 5, 3, 7);
      checkForm(blas, form, 37, 33, 29);
    }
  }
};
