import { invalidArgument, SteadyformerError } from '@steadyformer/core';

/** One measurement: the output change of a network of `depth` residual branches. */
export interface GrowthPoint {
  /** N. */
  readonly depth: number;
  /** Any measure of change, in one unit for all points. */
  readonly value: number;
}

const MINIMUM = 4;

/** Throws unless there are 4 points or more, at increasing depths, with finite values. */
export const checkPoints = (points: readonly GrowthPoint[], where: string): void => {
  if (points.length < MINIMUM) {
    throw new SteadyformerError(
      `${where}: ${points.length} points received, a fit needs ${MINIMUM} or more. Measure at more depths.`,
    );
  }
  for (const [i, { depth, value }] of points.entries()) {
    if (!(depth > (points[i - 1]?.depth ?? 0)) || !Number.isFinite(depth)) {
      throw invalidArgument({
        what: `${where} depths`,
        received: points.map((p) => p.depth),
        allowed: 'increasing numbers > 0',
      });
    }
    if (!Number.isFinite(value)) {
      throw invalidArgument({
        what: `${where} value at depth ${depth}`,
        received: value,
        allowed: 'finite numbers',
        next: 'The network overflows or its weights are NaN: measure a smaller perturbation or a shallower one.',
      });
    }
  }
};
