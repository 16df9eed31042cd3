/** The entries of a row of weights that are not 0, by stream. */
export type Row = readonly { readonly stream: number; readonly weight: number }[];

/** Covariances of n streams, [n][n], symmetric. */
export type Covariance = readonly (readonly number[])[];

export const rowOf = (weights: readonly number[]): Row =>
  weights.flatMap((weight, stream) => (weight === 0 ? [] : [{ stream, weight }]));

/** Each weight times the factor of its stream. */
export const timesFactors = (row: Row, factors: readonly number[]): Row =>
  row.map(({ stream, weight }) => ({ stream, weight: weight * factors[stream]! }));

/** row . x */
export const dot = (row: Row, x: readonly number[]): number =>
  row.reduce((sum, { stream, weight }) => sum + weight * x[stream]!, 0);

/** row S other^T */
export const between = (row: Row, covariance: Covariance, other: Row = row): number =>
  row.reduce((sum, { stream, weight }) => sum + weight * dot(other, covariance[stream]!), 0);

/** row M, for a matrix M with a row a stream. */
export const combined = (row: Row, matrix: readonly (readonly number[])[]): number[] =>
  matrix[0]!.map((_, j) => row.reduce((sum, { stream, weight }) => sum + weight * matrix[stream]![j]!, 0));

/** B S B^T for the rows of B. */
export const congruence = (rows: readonly Row[], covariance: Covariance): number[][] => {
  const half = rows.map((row) => combined(row, covariance));
  return half.map((part) => rows.map((row) => dot(row, part)));
};

/** The rows of B^T, for n streams before. */
export const transposed = (rows: readonly Row[], n: number): Row[] => {
  const columns: { stream: number; weight: number }[][] = Array.from({ length: n }, () => []);
  for (const [i, row] of rows.entries()) {
    for (const { stream, weight } of row) columns[stream]!.push({ stream: i, weight });
  }
  return columns;
};

/** v w^T w for a row w over n streams. */
export const outer = (row: Row, n: number, v: number): number[][] => {
  const matrix = copies(n, 0);
  for (const { stream: i, weight } of row) {
    for (const { stream: j, weight: other } of row) matrix[i]![j] = v * weight * other;
  }
  return matrix;
};

export const sumOf = (a: Covariance, b: Covariance): number[][] =>
  a.map((row, i) => row.map((value, j) => value + b[i]![j]!));

/** Each stream divided by its divisor. */
export const divided = (covariance: Covariance, divisors: readonly number[]): number[][] =>
  covariance.map((row, i) => row.map((value, j) => value / (divisors[i]! * divisors[j]!)));

/** The same number everywhere: copies of one stream. */
export const copies = (n: number, value: number): number[][] =>
  Array.from({ length: n }, () => new Array<number>(n).fill(value));
