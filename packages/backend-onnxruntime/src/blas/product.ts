import type { Blas } from './library';

/** Which sides of a product are read transposed: none, the second, the first, both. */
export type Form = 'NN' | 'NT' | 'TN' | 'TT';
export const FORMS: readonly Form[] = ['NN', 'NT', 'TN', 'TT'];

export const formOf = (transposeA: boolean, transposeB: boolean): Form =>
  `${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}`;

/** c [m, n] := op(a) [m, k] op(b) [k, n], row by row in memory; what c held does not count. */
export interface Product {
  readonly form: Form;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly c: Float32Array;
}

const ROW_MAJOR = 101;
const AS_IS = 111;
const TRANSPOSED = 112;

/** Computes a product with m, n and k of at least 1 where its operands lie. */
export const multiply = ({ sgemm }: Blas, { form, m, n, k, a, b, c }: Product): void => {
  const [left, right] = [form[0] === 'T', form[1] === 'T'];
  sgemm(
    ROW_MAJOR,
    left ? TRANSPOSED : AS_IS,
    right ? TRANSPOSED : AS_IS,
    m,
    n,
    k,
    1,
    a,
    left ? m : k,
    b,
    right ? k : n,
    0,
    c,
    n,
  );
};
