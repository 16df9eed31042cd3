import type { OneNode } from './model';

/** A product of matrices, or of stacks of them: rows x inner times inner x columns, `batch` times. */
export interface Product {
  readonly batch: number;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  /** Whether a is stored as inner x rows. */
  readonly transposeA: boolean;
  /** Whether b is stored as columns x inner. */
  readonly transposeB: boolean;
}

/** Multiplications and additions. */
export const operations = ({ batch, rows, inner, columns }: Product): number =>
  2 * batch * rows * inner * columns;

/** Shapes in memory of a, b and the result. */
export const shapesOf = ({ batch, rows, inner, columns, transposeA, transposeB }: Product) => {
  const stack = batch === 1 ? [] : [batch];
  return {
    a: [...stack, ...(transposeA ? [inner, rows] : [rows, inner])],
    b: [...stack, ...(transposeB ? [columns, inner] : [inner, columns])],
    y: [...stack, rows, columns],
  };
};

/** `1024x256x1024`, with ' for a transposed side and the size of the stack in front. */
export const productName = (product: Product): string => {
  const { batch, rows, inner, columns, transposeA, transposeB } = product;
  const form = `${transposeA ? "a'" : 'a'} ${transposeB ? "b'" : 'b'}`;
  return `${form} ${batch === 1 ? '' : `${batch} x `}${rows}x${inner}x${columns}`;
};

/** ONNX Runtime's product with transposes inside. */
export const productNode = ({ transposeA, transposeB }: Product): OneNode => ({
  operator: 'FusedMatMul',
  domain: 'com.microsoft',
  integers: { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 },
});

/** A kernel call of tfjs as a product, or undefined where it is none. Shapes as in `BatchMatMul`. */
export const productOf = (
  aShape: readonly number[],
  bShape: readonly number[],
  transposeA: boolean,
  transposeB: boolean,
): Product => {
  const size = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
  const [aRows, aColumns] = aShape.slice(-2) as [number, number];
  const [bRows, bColumns] = bShape.slice(-2) as [number, number];
  const batch = Math.max(size(aShape.slice(0, -2)), size(bShape.slice(0, -2)));
  const [rows, inner] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const columns = transposeB ? bRows : bColumns;
  return { batch, rows, inner, columns, transposeA, transposeB };
};
