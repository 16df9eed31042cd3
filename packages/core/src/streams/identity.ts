/** The rows of the n x n identity: what carries n streams on, each as it is. */
export const identity = (n: number): readonly (readonly number[])[] =>
  Array.from({ length: n }, (_, i) => oneHot(n, i));

/** 1 at place i of n, else 0. */
export const oneHot = (n: number, i: number): readonly number[] =>
  Array.from({ length: n }, (_, j) => Number(i === j));
