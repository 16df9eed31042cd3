import { checkNumber, checkOptions } from '@steadyformer/core';
import type { VerdictWord } from './finding';
import { FALLING } from './laws';

/** What is known of a network's growth. */
export interface MeasuredGrowth {
  /** p of D_N - D_0 ~ N^p, as `growthExponent` gives it; undefined where the branches' changes do not move the output. */
  readonly exponent: number | undefined;
  /** Its 95 % interval over networks; null of a single network. */
  readonly interval: readonly [number, number] | null;
  /** As `laziness` measures it after an update of relative size 0.01, at the greatest depth. Default: not looked at. */
  readonly laziness?: number;
}

/** From here a power of N counts as O(N), as in `fitGrowth`. */
export const AMPLIFYING = 0.8;
/** Of the change after an update of relative size 0.01 less than this share is beyond the linearised network. */
export const LAZY = 0.1;

/**
 * The word for growth with depth, from both of its sides:
 *
 * - *amplifies* where the interval of the exponent lies above 0.8;
 * - *lazy* where it lies below 0.8 and either below -0.2, a change that falls with depth, or the network stays within a
 *   tenth of its linearisation, and where the branches move nothing;
 * - *steady* where it lies below 0.8 otherwise;
 * - *cannot tell* where 0.8 is within the interval, and of one network.
 *
 * @throws SteadyformerError on numbers that are none
 */
export const verdictOfGrowth = (growth: MeasuredGrowth): VerdictWord => {
  checkOptions(growth, ['exponent', 'interval', 'laziness'], 'verdictOfGrowth()');
  const { exponent, interval, laziness } = growth;
  if (exponent === undefined) return 'lazy';
  checkNumber('verdictOfGrowth() exponent', exponent);
  if (laziness !== undefined) {
    checkNumber('verdictOfGrowth() laziness', laziness, 'numbers >= 0', (value) => value >= 0);
  }
  if (interval === null) return 'cannot tell';
  const [low, high] = interval;
  if (low > AMPLIFYING) return 'amplifies';
  if (high > AMPLIFYING) return 'cannot tell';
  return high < FALLING || (laziness !== undefined && laziness < LAZY) ? 'lazy' : 'steady';
};
