import { check, checkList, checkRecord, invalidArgument, mean, SteadyformerError } from '@steadyformer/core';
import { line } from './line';

/** One measurement: the output change of a network of `depth` residual branches. */
export interface GrowthPoint {
  /** N. */
  readonly depth: number;
  /** Any measure of change, in one unit for all points. */
  readonly value: number;
  /** Standard error of the value. Where every point has one, fits weight by its inverse square. */
  readonly error?: number;
}

const MINIMUM = 4;

const checkFields = (point: GrowthPoint, what: string): void => {
  checkRecord(what, point, '{ depth, value }');
  for (const key of ['depth', 'value'] as const) {
    check(typeof point[key] === 'number', `${what}.${key}`, point[key], 'a number');
  }
};

/** Throws unless there are 4 points or more, at increasing depths, with finite values. */
export const checkPoints = (points: readonly GrowthPoint[], where: string): void => {
  checkList(`${where} points`, points, 'a list of { depth, value }');
  for (const [i, point] of points.entries()) {
    checkFields(point, `${where} points[${i}]`);
  }
  if (points.length < MINIMUM) {
    throw new SteadyformerError(
      `${where}: ${points.length} points received, a fit needs ${MINIMUM} or more. Measure at more depths.`,
    );
  }
  for (const [i, { depth, value, error }] of points.entries()) {
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
    if (error !== undefined && !(error >= 0 && Number.isFinite(error))) {
      throw invalidArgument({
        what: `${where} error at depth ${depth}`,
        received: error,
        allowed: 'finite numbers >= 0',
        next: 'Leave errors out where they are unknown: points then count alike.',
      });
    }
  }
};

/** Errors below this share of the value are not believed: no point may rule a fit alone. */
const LEAST = 0.01;

/**
 * Weights of the points, 1 in the mean: inverse squares of their errors where every point has one, else equal. An
 * error that comes from a few networks is itself uncertain by a third, so what counts is the line of
 * ln(error / value) over ln(depth).
 */
export const weightsOf = (points: readonly GrowthPoint[]): number[] => {
  const equal = points.map(() => 1);
  const relative = points.map(({ value, error }) => (error && value > 0 ? error / value : 0));
  if (relative.some((share) => share <= 0)) return equal;
  const smooth = line(
    points.map(({ depth }, i) => ({
      x: Math.log(depth),
      y: Math.log(Math.max(relative[i]!, LEAST)),
      weight: 1,
    })),
  );
  const weights = points.map(({ depth, value }) => (value * Math.exp(smooth.at(Math.log(depth)))) ** -2);
  const centre = mean(weights);
  return weights.map((weight) => weight / centre);
};
