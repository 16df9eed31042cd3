import type { VegaLiteSpec } from '../figures/spec';
import type { GrowthFit } from '../fit/fitGrowth';
import type { TheoryFit } from '../fit/fitTheory';
import type { Sampled } from '../measure/sampled';
import type { Networks } from './networks';
import type { Verdict } from './verdict';

/** What a check found: figures, fits, verdict and picture. */
export interface DepthCheck {
  /** Measured change at each depth, mean over seeds. */
  readonly points: readonly {
    /** Blocks. */
    readonly blocks: number;
    /** N, residual branches. */
    readonly depth: number;
    /** D_N, variance per element. */
    readonly change: Sampled;
    /** Mean squared L2 norm over the batch. */
    readonly squaredNorm: number;
  }[];
  /** D_0: the change of the stack's input. */
  readonly inputChange: Sampled;
  readonly fit: GrowthFit;
  readonly theory: TheoryFit;
  /** s_0 / v of the deepest network, mean over seeds: what theory expects of c in a + b ln(N + c). */
  readonly predictedOffset?: number;
  readonly verdict: Verdict;
  /** The picture, a Vega-Lite specification. */
  readonly spec: VegaLiteSpec;
  readonly provenance: {
    readonly depths: readonly number[];
    readonly seeds: readonly number[];
    readonly change: { readonly kind: string; readonly size?: number; readonly ratio?: number };
    readonly networks: Networks;
    readonly stack: string;
    readonly backend: string;
  };
}
