/** The entries of a row of weights that are not 0, by stream. */
export type Row = readonly { readonly stream: number; readonly weight: number }[];

/** Covariances of n streams, [n][n], symmetric. */
export type Covariance = readonly (readonly number[])[];

export const rowOf = (weights: readonly number[]): Row => {
  const row: { stream: number; weight: number }[] = [];
  for (let stream = 0; stream < weights.length; stream++) {
    const weight = weights[stream]!;
    if (weight !== 0) row.push({ stream, weight });
  }
  return row;
};

/** Each weight times the factor of its stream. */
export const timesFactors = (row: Row, factors: readonly number[]): Row =>
  row.map(({ stream, weight }) => ({ stream, weight: weight * factors[stream]! }));

/** row . x */
export const dot = (row: Row, x: readonly number[]): number => {
  let sum = 0;
  for (const { stream, weight } of row) sum += weight * x[stream]!;
  return sum;
};

/** row S other^T */
export const between = (row: Row, covariance: Covariance, other: Row = row): number => {
  let sum = 0;
  for (const { stream, weight } of row) sum += weight * dot(other, covariance[stream]!);
  return sum;
};

/** row M, for a matrix M with a row a stream. */
export const combined = (row: Row, matrix: readonly (readonly number[])[]): readonly number[] => {
  const [only] = row;
  // Streams that are carried on as they are, which most of many are.
  if (row.length === 1 && only!.weight === 1) return matrix[only!.stream]!;
  const sums = new Array<number>(matrix[0]!.length).fill(0);
  for (const { stream, weight } of row) {
    const other = matrix[stream]!;
    for (let j = 0; j < sums.length; j++) sums[j]! += weight * other[j]!;
  }
  return sums;
};

/** B S B^T + v w^T w for the rows of B: streams that a residual carries on, with what it adds to some of them. */
export const joined = (
  rows: readonly Row[],
  covariance: Covariance,
  { to, variance }: { readonly to: Row; readonly variance: number },
): number[][] => {
  const sums = rows.map((row) => {
    const half = combined(row, covariance);
    return rows.map((other) => dot(other, half));
  });
  for (const { stream: i, weight } of to) {
    for (const { stream: j, weight: other } of to) sums[i]![j]! += variance * weight * other;
  }
  return sums;
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

/** Each stream divided by its divisor. */
export const divided = (covariance: Covariance, divisors: readonly number[]): Covariance =>
  divisors.every((divisor) => divisor === 1)
    ? covariance
    : covariance.map((row, i) => row.map((value, j) => value / (divisors[i]! * divisors[j]!)));

/** The same number everywhere: copies of one stream. */
export const copies = (n: number, value: number): number[][] =>
  Array.from({ length: n }, () => new Array<number>(n).fill(value));
