/** How the output change grows, or falls, with the number N of residual branches. */
export type GrowthClass =
  | 'falling'
  | 'constant'
  | 'doublyLogarithmic'
  | 'logarithmic'
  | 'squareRoot'
  | 'linear'
  | 'superlinear';

export const NOTATION: Readonly<Record<GrowthClass, string>> = {
  falling: 'less than O(1)',
  constant: 'O(1)',
  doublyLogarithmic: 'O(log log N)',
  logarithmic: 'O(log N)',
  squareRoot: 'O(sqrt N)',
  linear: 'O(N)',
  superlinear: 'more than O(N)',
};

/** From the slowest growth to the fastest. */
export const ORDER: readonly GrowthClass[] = Object.keys(NOTATION) as GrowthClass[];

/** The class that depths which can be measured show: log log N is next to none of them apart from a logarithm. */
export const seenAs = (growth: GrowthClass): GrowthClass =>
  growth === 'falling' ? 'constant' : growth === 'doublyLogarithmic' ? 'logarithmic' : growth;

/** Powers of N that a falling change is called by. */
const POWERS: readonly (readonly [power: number, notation: string])[] = [
  [-0.5, 'O(1 / sqrt N)'],
  [-1, 'O(1 / N)'],
  [-2, 'O(1 / N^2)'],
];

/** Within so much of it. */
const NEAR = 0.15;

/** The notation of a change that falls as this power of N. */
export const fallingAs = (power: number): string =>
  POWERS.find(([known]) => Math.abs(power - known) < NEAR)?.[1] ?? NOTATION.falling;

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
