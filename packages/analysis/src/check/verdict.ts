import type { GrowthFit } from '../fit/fitGrowth';
import type { TheoryFit } from '../fit/fitTheory';
import type { GrowthClass } from '../theory/growth';

export interface Verdict {
  readonly class: GrowthClass;
  readonly notation: string;
  /** In [0, 1]. */
  readonly sureness: number;
  /** Whether a change of the weights is amplified in proportion to the depth, or more. */
  readonly amplifies: boolean;
  /** One sentence. */
  readonly text: string;
}

/** What the fits say about an architecture, under random changes or those along a gradient. */
export const verdictOf = (fit: GrowthFit, { r2 }: TheoryFit, alongGradient = false): Verdict => {
  const { class: growth, notation, sureness } = fit;
  const amplifies = growth === 'linear' || growth === 'superlinear';
  const [first, last] = [fit.points[0]!, fit.points.at(-1)!];
  const text =
    `The output change grows as ${notation} (weight of the evidence ${Math.round(100 * sureness)} %): ` +
    `${first.value > 0 ? `${(last.value / first.value).toFixed(1)} times` : 'none'} from ${first.depth} to ${last.depth} residual branches; theory explains ` +
    `${(100 * r2).toFixed(1)} % of it. ` +
    adviceOn(amplifies, alongGradient);
  return { class: growth, notation, sureness, amplifies, text };
};

const adviceOn = (amplifies: boolean, alongGradient: boolean): string => {
  if (alongGradient) {
    return 'Changes along a gradient agree from layer to layer and add up, in steady architectures too: compare the values of two, not the law.';
  }
  return amplifies
    ? 'Each step moves the output of a deep network in proportion to its depth; scale the shortcut, for instance with admin().'
    : 'Deep networks of this kind stay steady at the start of training.';
};
