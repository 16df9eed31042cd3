import { line } from './line';
import { type GrowthPoint, weightsOf } from './points';
import { confidenceFactor } from './studentT';

/** A shape g(N; theta) of the law a + b g; theta absent where the shape has no parameter. */
export interface Shape {
  readonly g: (depth: number, theta: number) => number;
  /** dg / dtheta. */
  readonly slope?: (depth: number, theta: number) => number;
  /** Where theta may lie. */
  readonly range?: readonly [number, number];
}

/** A fitted number. */
export interface Estimate {
  readonly value: number;
  /** 95 % confidence interval; null where the points cannot tell. */
  readonly interval: readonly [number, number] | null;
}

export interface LeastSquares {
  readonly a: Estimate;
  readonly b: Estimate;
  readonly theta?: Estimate;
  /** Share of the (weighted) variance of the values that the law explains. */
  readonly r2: number;
  /** Akaike's n ln(RSS / n) + 2 k, k counting the noise's variance too, with the correction for few points. */
  readonly aicc: number;
}

interface Line {
  readonly a: number;
  readonly b: number;
  readonly error: number;
}

/** Values below this share of their scale count as rounding: an exact fit has no better AICc than that. */
const ROUNDING = 1e-9;

/**
 * Least squares of a + b g(N; theta), weighted where points have errors: a line for each theta, and the theta of the
 * best line.
 */
export const leastSquares = async (
  points: readonly GrowthPoint[],
  { g, slope, range }: Shape,
): Promise<LeastSquares> => {
  const weights = weightsOf(points);
  const lineAt = (theta: number): Line => bestLine(points, weights, (depth) => g(depth, theta));
  const theta = range ? minimise((t) => lineAt(t).error, range) : 0;
  const { a, b, error } = lineAt(theta);
  const parameters = slope ? 3 : 2;
  const rows = points.map(({ depth }, i) =>
    [1, g(depth, theta), ...(slope ? [b * slope(depth, theta)] : [])].map((x) => Math.sqrt(weights[i]!) * x),
  );
  const halves = await halfWidths(rows, error, points.length - parameters);
  const estimate = (value: number, k: number): Estimate => {
    const half = halves?.[k];
    const known = half !== undefined && Number.isFinite(half);
    return { value, interval: known ? [value - half, value + half] : null };
  };
  const mean = points.reduce((sum, { value }, i) => sum + weights[i]! * value, 0) / points.length;
  const total = points.reduce((sum, { value }, i) => sum + weights[i]! * (value - mean) ** 2, 0);
  const scale = Math.max(...points.map(({ value }) => Math.abs(value)));
  const k = parameters + 1;
  // Hurvich and Tsai 1989. With nothing left of the points the correction would be infinite.
  const left = Math.max(points.length - k - 1, 0.5);
  const perPoint = Math.max(error / points.length, (ROUNDING * scale) ** 2, Number.MIN_VALUE);
  return {
    a: estimate(a, 0),
    b: estimate(b, 1),
    ...(range ? { theta: estimate(theta, 2) } : {}),
    r2: total > 0 ? 1 - error / total : 1,
    aicc: points.length * Math.log(perPoint) + 2 * k + (2 * k * (k + 1)) / left,
  };
};

const bestLine = (
  points: readonly GrowthPoint[],
  weights: readonly number[],
  g: (depth: number) => number,
): Line => {
  const rows = points.map(({ depth, value }, i) => ({ x: g(depth), y: value, weight: weights[i]! }));
  const { slope, at } = line(rows);
  const error = rows.reduce((sum, { x, y, weight }) => sum + weight * (y - at(x)) ** 2, 0);
  return { a: at(0), b: slope, error };
};

/** Half widths of the parameters' 95 % intervals: t sqrt(diag(s^2 (J^T J)^-1)), J from `rows`. */
const halfWidths = async (
  rows: readonly (readonly number[])[],
  error: number,
  freedom: number,
): Promise<number[] | null> => {
  if (freedom < 1) return null;
  const { algebra } = await import('./algebra');
  const { inv, multiply, transpose } = algebra;
  // Columns of unit length, or the inverse would be of the worst condition.
  const lengths = rows[0]!.map((_, k) => Math.sqrt(rows.reduce((sum, row) => sum + row[k]! ** 2, 0)));
  if (lengths.some((length) => length === 0)) return null;
  const jacobian = rows.map((row) => row.map((x, k) => x / lengths[k]!));
  const normal = multiply(transpose(jacobian), jacobian);
  try {
    const inverse = inv(normal);
    const variance = error / freedom;
    return lengths.map((length, k) => {
      const own = variance * inverse[k]![k]!;
      return own >= 0 ? (confidenceFactor(freedom) * Math.sqrt(own)) / length : Number.POSITIVE_INFINITY;
    });
  } catch {
    return null; // mathjs says that the matrix is singular: the points do not tell the parameters apart
  }
};

const GRID = 200;

/** The minimum of f on a range: the best of a grid, refined by golden sections between its neighbours. */
const minimise = (f: (x: number) => number, [from, to]: readonly [number, number]): number => {
  const at = (i: number): number => from + ((to - from) * i) / GRID;
  let best = 0;
  for (let i = 1; i <= GRID; i++) if (f(at(i)) < f(at(best))) best = i;
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [at(Math.max(0, best - 1)), at(Math.min(GRID, best + 1))];
  for (let i = 0; i < 60; i++) {
    const [left, right] = [high - golden * (high - low), low + golden * (high - low)];
    if (f(left) <= f(right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
};
