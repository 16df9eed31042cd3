/** How the output change grows with the number N of residual branches. */
export type GrowthClass = 'constant' | 'logarithmic' | 'squareRoot' | 'linear' | 'superlinear';

export const NOTATION: Readonly<Record<GrowthClass, string>> = {
  constant: 'O(1)',
  logarithmic: 'O(log N)',
  squareRoot: 'O(sqrt N)',
  linear: 'O(N)',
  superlinear: 'more than O(N)',
};

/** A class of growth, and how it was decided. */
export interface Growth {
  readonly class: GrowthClass;
  /** `O(log N)` and the like. */
  readonly notation: string;
  /** From the form of the records, or from numbers. */
  readonly decided: 'symbolic' | 'numeric';
  /** Over the depth prefixes of one network, or over networks built for each depth. */
  readonly over: 'prefixes' | 'networks';
  /** c of ln(N + c) where logarithmic: s_0 over the mean branch variance, the depth where a line turns over. */
  readonly offset?: number;
}
