/** Numbers that occur, the least first. */
export const distinct = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);

/** The depths that there are points of, the shallow first. */
export const depthsOf = (points: readonly { readonly depth: number }[]): number[] =>
  distinct(points.map(({ depth }) => depth));

/** The points of each seed, in the order in which seeds occur. */
export const bySeed = <P extends { readonly seed: number }>(points: readonly P[]): P[][] =>
  [...new Set(points.map(({ seed }) => seed))].map((seed) => points.filter((each) => each.seed === seed));
