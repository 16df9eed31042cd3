/** A sentence, its translation, and what both belong to: a help page, a package. All pairs of a group are in one part. */
export interface Pair {
  readonly group: string;
  readonly source: string;
  readonly target: string;
}
