import { checkRecord, fields, finite, invalidArgument, parseAs } from '@steadyformer/core';
import * as v from 'valibot';
import type { Prediction } from '../theory/predict';
import type { Estimate } from './leastSquares';
import { checkPoints, type GrowthPoint, weightsOf } from './points';
import { confidenceFactor } from './studentT';

/** What `fitTheory` gives: the one free constant, and how well the theory fits with it. */
export interface TheoryFit {
  /** C, with its 95 % confidence interval. */
  readonly constant: Estimate;
  /**
   * The prediction's own: its output change over its sum of beta_ii^2, averaged as the fit averages. Absent from a
   * check where the theory leaves C open: under a gradient step, and of branches without a closed form.
   */
  readonly predictedConstant?: number;
  /** D_0, as given. */
  readonly inputChange: number;
  readonly r2: number;
  /**
   * Measured, fitted and predicted change at each depth, and the sum of beta_ii^2 they stand on. Where C is open the
   * prediction is the fit.
   */
  readonly points: readonly {
    readonly depth: number;
    readonly measured: number;
    readonly fitted: number;
    readonly predicted: number;
    readonly diagonalSum: number;
  }[];
}

/** Differences below this share of the mean are rounding. */
const ROUNDING = 1e-6;

/** Options of `fitTheory`. */
export interface FitTheoryOptions {
  /** D_0: the change of the stack's input. Default: the prediction's. */
  readonly inputChange?: number;
}

/**
 * Fits theorem 2 to measurements: measured = D_0 + C sum of beta_ii^2, C the only free constant, by least squares that
 * are weighted where points have errors. Depths count
 * residual branches, and the prediction must reach the deepest.
 *
 * @throws SteadyformerError on points at depths that were not predicted
 */
export const fitTheory = (
  points: readonly GrowthPoint[],
  prediction: Pick<Prediction, 'outputChange' | 'inputChange'>,
  options: FitTheoryOptions = {},
): TheoryFit & Required<Pick<TheoryFit, 'predictedConstant'>> => {
  checkPoints(points, 'fitTheory()');
  checkRecord('fitTheory() prediction', prediction, 'what predict() returns');
  const schema = fields({ inputChange: v.optional(finite('numbers >= 0', (value) => value >= 0)) });
  const { inputChange = prediction.inputChange } = parseAs(schema, options, 'fitTheory()');
  const byDepth = new Map(prediction.outputChange.map((at) => [at.depth, at]));
  const rows = points.map(({ depth, value }) => {
    const predicted = byDepth.get(depth);
    if (!predicted) {
      throw invalidArgument({
        what: 'fitTheory() depth',
        received: depth,
        allowed: `the depths predicted, up to ${Math.max(...byDepth.keys())}`,
        next: 'Predict the deepest network that was measured.',
      });
    }
    return { depth, measured: value, predicted: predicted.change, diagonalSum: predicted.diagonalSum };
  });
  const weights = weightsOf(points);
  const sum = (of: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((total, row, i) => total + weights[i]! * of(row), 0);
  const squares = sum(({ diagonalSum }) => diagonalSum ** 2);
  const slope = (y: (row: (typeof rows)[number]) => number): number =>
    squares > 0 ? sum((row) => row.diagonalSum * y(row)) / squares : 0;
  const constant = slope(({ measured }) => measured - inputChange);
  const fitted = (x: number): number => inputChange + constant * x;
  const error = sum((row) => (row.measured - fitted(row.diagonalSum)) ** 2);
  const mean = sum(({ measured }) => measured) / rows.length;
  const total = sum(({ measured }) => (measured - mean) ** 2);
  const freedom = rows.length - 1;
  const half = confidenceFactor(freedom) * Math.sqrt(error / freedom / squares);
  return {
    constant: { value: constant, interval: squares > 0 ? [constant - half, constant + half] : null },
    predictedConstant: slope(({ predicted }) => predicted - prediction.inputChange),
    inputChange,
    // What does not change with depth leaves nothing to explain but rounding.
    r2: error <= rows.length * (ROUNDING * mean) ** 2 ? 1 : 1 - error / total,
    points: rows.map((row) => ({ ...row, fitted: fitted(row.diagonalSum) })),
  };
};

/** The fit of a prediction in units of C, which predicts no C. */
export const withoutConstant = ({ predictedConstant: _, points, ...fit }: TheoryFit): TheoryFit => ({
  ...fit,
  points: points.map((point) => ({ ...point, predicted: point.fitted })),
});
