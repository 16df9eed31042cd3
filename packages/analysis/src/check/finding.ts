import type { GrowthExponent } from '../fit/exponent';
import type { GrowthClass } from '../theory/growthClass';
import type { ExpectedExponent, TheoryGrowth } from './laws';

/**
 * What depth does to a change of the weights: amplifies (in proportion to the depth, or more), steady (grows less), lazy
 * (falls with the depth, or hardly moves the output at all).
 */
export type VerdictWord = 'amplifies' | 'steady' | 'lazy' | 'cannot tell';

/** What theory says of the networks, and whether they contradict it. */
export interface JudgedTheory extends TheoryGrowth {
  readonly contradicted: boolean;
}

/** What was found, before it is put into words. */
export interface Finding {
  readonly word: VerdictWord;
  /** Classes that the interval leaves open. */
  readonly open: readonly GrowthClass[];
  readonly theory?: JudgedTheory;
  readonly exponent?: GrowthExponent;
  readonly expected: readonly ExpectedExponent[];
}
