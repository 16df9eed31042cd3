import type { NetworkChanges } from '../fit/exponent';
import type { GrowthClass } from '../theory/growthClass';
import type { Remedy } from './remedy';

/** What a verdict follows from. */
export interface Evidence {
  /** N, increasing. */
  readonly depths: readonly number[];
  readonly networks: readonly NetworkChanges[];
  /** Predicted D_N at each depth, mean over networks, and the D_0 it starts from. */
  readonly predicted: readonly number[];
  /** The class theory derives; undefined where it derives none. */
  readonly theoryClass?: GrowthClass;
  /** c = s_0 / v of ln(1 + N / c); undefined where every depth is a network of its own. */
  readonly offset?: number;
  /** Whether theory knows C, so that predictions are values and not a shape alone. */
  readonly constantKnown: boolean;
  readonly alongGradient: boolean;
  /** Share of the measured change that theory explains. */
  readonly r2: number;
  readonly remedy: Remedy;
}
