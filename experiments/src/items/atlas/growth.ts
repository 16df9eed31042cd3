import { growthExponent, sampled } from '@steadyformer/analysis';
import { digits } from '../../framework/statistics';
import type { Changes } from './points';

/** A number with its 95 % interval over networks. */
export interface WithInterval {
  readonly value: number;
  readonly interval: readonly [number, number] | null;
}

/** How a change grows with depth. */
export interface Growth {
  /** p of D_N - D_0 ~ N^p; absent where branches move nothing at the greatest depth, or too few depths are finite. */
  readonly exponent?: WithInterval;
  /** The class that the exponent is of, such as `O(log N)`. */
  readonly notation: string;
  /** Mean D_N at each depth of the networks whose numbers are all finite. */
  readonly means: readonly number[];
  /** Networks whose numbers are all finite. */
  readonly networks: number;
}

/** Below this share of D_0 the branches' changes are nothing beside the input's, as in depthCheck. */
const NOTHING = 0.02;

type Numbers = readonly (number | null)[];

const allFinite = (values: Numbers): values is readonly number[] => values.every((value) => value !== null);

const meanOf = (values: readonly number[]): number => sampled(values).mean;

/**
 * A logarithm is a power of 0.3 to 0.5 between N = 8 and 128, ln(1 + N / c) with c = 1 to 4 and the plain one; from 0.8 a
 * power counts as a line and above 1.3 as more, as in `fitGrowth`.
 */
const notationOf = (p: number | undefined): string => {
  if (p === undefined) return 'O(1)';
  if (p < -0.15) return 'falls';
  if (p < 0.15) return 'O(1)';
  if (p < 0.8) return 'O(log N)';
  return p <= 1.3 ? 'O(N)' : `O(N^${p.toFixed(1)})`;
};

/** @param networks D_0 and D_N at each depth */
export const growthOf = (
  depths: readonly number[],
  networks: readonly { readonly input: Numbers; readonly changes: Numbers }[],
): Growth => {
  const finite = networks.flatMap(({ input, changes }) =>
    allFinite(input) && allFinite(changes) ? [{ inputChange: meanOf(input), changes }] : [],
  );
  if (finite.length === 0 || depths.length < 4) return { notation: '-', means: [], networks: finite.length };
  const means = depths.map((_, k) => meanOf(finite.map(({ changes }) => changes[k]!)));
  const input = meanOf(finite.map(({ inputChange }) => inputChange));
  // LayerScale begins the smaller the deeper it is: what no longer moves at the greatest depth has no exponent.
  const moves = means.at(-1)! > (1 + NOTHING) * input;
  const exponent = moves ? growthExponent(depths, finite, NOTHING * input)?.estimate : undefined;
  return {
    ...(exponent ? { exponent } : {}),
    notation: notationOf(exponent?.value),
    means,
    networks: finite.length,
  };
};

/** How both kinds of change grow. */
export interface Growths {
  readonly random: Growth;
  readonly aligned: Growth;
}

export const growthsOf = (depths: readonly number[], networks: readonly Changes[]): Growths => ({
  random: growthOf(
    depths,
    networks.map((each) => ({ input: each.randomInput, changes: each.random })),
  ),
  aligned: growthOf(
    depths,
    networks.map((each) => ({ input: each.alignedInput, changes: each.aligned })),
  ),
});

/** Such as `0.31 (0.28 to 0.34)`. */
export const shownGrowth = ({ exponent }: Growth): string => {
  if (!exponent) return 'none';
  const { value, interval } = exponent;
  return interval ? `${digits(value)} (${digits(interval[0])} to ${digits(interval[1])})` : digits(value);
};
