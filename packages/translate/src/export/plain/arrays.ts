import type { NamedArray } from '@steadyformer/core';

/** Columns `from` to `to` of a matrix [rows, columns], or those entries of a vector. */
export const columnsOf = ({ shape, data }: NamedArray, from: number, to: number): NamedArray => {
  const width = shape.at(-1)!;
  const rows = data.length / width;
  const cut = new Float32Array(rows * (to - from));
  for (let row = 0; row < rows; row++) {
    cut.set(data.subarray(row * width + from, row * width + to), row * (to - from));
  }
  return { shape: [...shape.slice(0, -1), to - from], data: cut };
};

/** Whether two arrays hold the same numbers in the same shape. */
export const sameArray = (a: NamedArray, b: NamedArray): boolean =>
  a === b || (String(a.shape) === String(b.shape) && a.data.every((value, i) => Object.is(value, b.data[i])));
