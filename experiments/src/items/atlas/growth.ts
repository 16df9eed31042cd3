import { fitGrowth, growthExponent, sampled } from '@steadyformer/analysis';
import { digits } from '../../framework/statistics';

/** A number with its 95 % interval over networks. */
export interface WithInterval {
  readonly value: number;
  readonly interval: readonly [number, number] | null;
}

/** How a change grows with depth. */
export interface Growth {
  /** p of D_N - D_0 ~ N^p; absent where branches move nothing, or too few depths are finite. */
  readonly exponent?: WithInterval;
  /** The class of the best law through the means of the networks, such as `O(log N)`, and the share it explains. */
  readonly notation: string;
  readonly r2: number;
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

/** @param networks D_0 and D_N at each depth */
export const growthOf = async (
  depths: readonly number[],
  networks: readonly { readonly input: Numbers; readonly changes: Numbers }[],
): Promise<Growth> => {
  const finite = networks.flatMap(({ input, changes }) =>
    allFinite(input) && allFinite(changes) ? [{ inputChange: meanOf(input), changes }] : [],
  );
  if (finite.length === 0 || depths.length < 4)
    return { notation: '-', r2: 0, means: [], networks: finite.length };
  const means = depths.map((_, k) => meanOf(finite.map(({ changes }) => changes[k]!)));
  const input = meanOf(finite.map(({ inputChange }) => inputChange));
  const exponent = growthExponent(depths, finite, NOTHING * input)?.estimate;
  const { notation, best } = await fitGrowth(depths.map((depth, k) => ({ depth, value: means[k]! })));
  return {
    ...(exponent ? { exponent } : {}),
    notation: exponent ? notation : 'O(1)',
    r2: best.r2,
    means,
    networks: finite.length,
  };
};

/** Such as `0.31 (0.28 to 0.34)`. */
export const shownGrowth = ({ exponent }: Growth): string => {
  if (!exponent) return 'none';
  const { value, interval } = exponent;
  return interval ? `${digits(value)} (${digits(interval[0])} to ${digits(interval[1])})` : digits(value);
};
