import type { Method } from './methods';

/** Kinds of branches that the figure shows: of their variances at the start, or all of variance 1. */
export type Kind = 'start' | 'equal';

/** Row i - 1 holds beta_ij for j = 0 .. i. The rows of a shallower network are the first ones of a deeper one. */
export type Rows = readonly (readonly number[])[];

/** What the page loads: computed when the site is built. */
export type DependencyRows = Readonly<Record<Kind, Readonly<Record<Method, Rows>>>>;

/** A cell of a heat map: x_i from a_j, both from 1; j = 0 is the input. */
export interface Cell {
  readonly i: number;
  readonly j: number;
}

/** beta_ii^2 of the first n branches. */
export const ownShares = (rows: Rows, n: number): number[] =>
  rows.slice(0, n).map((row, index) => row[index + 1]! ** 2);

/** Theorem 2's sum of beta_ii^2 over the first n branches. */
export const sumOf = (shares: readonly number[]): number => shares.reduce((sum, share) => sum + share, 0);

/** The largest beta of a branch in any of the maps, the end of their common scale. The input's own is far larger. */
export const largest = (all: readonly Rows[], n: number): number =>
  Math.max(...all.flatMap((rows) => rows.slice(0, n).flatMap((row) => row.slice(1))));

/** The cell under a point of a square map, undefined above the diagonal or outside. */
export const cellAt = (x: number, y: number, size: number, n: number): Cell | undefined => {
  const j = Math.floor((x / size) * (n + 1));
  const i = Math.floor((y / size) * n) + 1;
  return i >= 1 && i <= n && j >= 0 && j <= i ? { i, j } : undefined;
};

export const percent = (share: number): string => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;

/** Said by screen readers in place of a map and its bars. */
export const described = (label: string, shares: readonly number[]): string => {
  const [first, last] = [shares[0]!, shares.at(-1)!];
  return `${label}, ${shares.length} residual branches: the share that a sub-layer takes from its own branch goes from ${percent(first)} in the first to ${percent(last)} in the last, in sum ${sumOf(shares).toFixed(2)}.`;
};
