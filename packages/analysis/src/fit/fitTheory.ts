import { invalidArgument } from '@steadyformer/core';
import type { Prediction } from '../theory/predict';
import type { Estimate } from './leastSquares';
import { checkPoints, type GrowthPoint } from './points';
import { confidenceFactor } from './studentT';

export interface TheoryFit {
  /** C, with its 95 % confidence interval. */
  readonly constant: Estimate;
  /** The prediction's own: its output change over its sum of beta_ii^2, averaged as the fit averages. */
  readonly predictedConstant: number;
  /** D_0, as given. */
  readonly inputChange: number;
  readonly r2: number;
  /** Measured, fitted and predicted change at each depth, and the sum of beta_ii^2 they stand on. */
  readonly points: readonly {
    readonly depth: number;
    readonly measured: number;
    readonly fitted: number;
    readonly predicted: number;
    readonly diagonalSum: number;
  }[];
}

export interface FitTheoryOptions {
  /** D_0: the change of the stack's input. Default: the prediction's. */
  readonly inputChange?: number;
}

/**
 * Fits theorem 2 to measurements: measured = D_0 + C sum of beta_ii^2, C the only free constant. Depths count
 * residual branches, and the prediction must reach the deepest.
 */
export const fitTheory = (
  points: readonly GrowthPoint[],
  prediction: Pick<Prediction, 'outputChange' | 'inputChange'>,
  options: FitTheoryOptions = {},
): TheoryFit => {
  checkPoints(points, 'fitTheory()');
  const { inputChange = prediction.inputChange } = options;
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
  const squares = rows.reduce((sum, { diagonalSum: x }) => sum + x * x, 0);
  const slope = (y: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((sum, row) => sum + row.diagonalSum * y(row), 0) / squares;
  const constant = slope(({ measured }) => measured - inputChange);
  const fitted = (x: number): number => inputChange + constant * x;
  const error = rows.reduce((sum, row) => sum + (row.measured - fitted(row.diagonalSum)) ** 2, 0);
  const mean = rows.reduce((sum, { measured }) => sum + measured, 0) / rows.length;
  const total = rows.reduce((sum, { measured }) => sum + (measured - mean) ** 2, 0);
  const freedom = rows.length - 1;
  const half = confidenceFactor(freedom) * Math.sqrt(error / freedom / squares);
  return {
    constant: { value: constant, interval: [constant - half, constant + half] },
    predictedConstant: slope(({ predicted }) => predicted - prediction.inputChange),
    inputChange,
    r2: total > 0 ? 1 - error / total : 1,
    points: rows.map((row) => ({ ...row, fitted: fitted(row.diagonalSum) })),
  };
};
