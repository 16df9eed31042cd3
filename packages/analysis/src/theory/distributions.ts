import { remembered } from './remembered';
/** P(X <= x). */
export type Cdf = (x: number) => number;

/** Of a standard Gaussian: Abramowitz and Stegun 1964, 26.2.17, within 1e-7, and the tails within 1 % of themselves. */
export const gaussianCdf: Cdf = (x) => (x > 0 ? 1 - gaussianTail(x) : gaussianTail(-x));

const gaussianTail = (x: number): number => {
  const t = 1 / (1 + 0.2316419 * x);
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
};

/** The length of a Gaussian vector of n features over sqrt(n), as nodes whose weights sum to 1. */
export const lengths = (n: number): readonly (readonly [length: number, weight: number])[] => {
  const nodes = Array.from({ length: 25 }, (_, i) => {
    const y = (i - 14) / Math.sqrt(8 * n);
    return [Math.exp(y), Math.exp(n * y - (n / 2) * Math.expm1(2 * y))] as const;
  });
  const total = nodes.reduce((sum, [, weight]) => sum + weight, 0);
  return nodes.map(([length, weight]) => [length, weight / total]);
};

/** The squared length of the same over n, as the two nodes of Gauss and Laguerre's rule. */
export const squaredLengths = (n: number): readonly (readonly [square: number, weight: number])[] => {
  const half = n / 2;
  const root = Math.sqrt(half + 1);
  return [
    [(root * root - root) / half, (1 + 1 / root) / 2],
    [(root * root + root) / half, (1 - 1 / root) / 2],
  ];
};

/** The grid on which distributions are tabulated, in deviations. */
export const STEP = 0.1;
const [FROM, TO] = [-8, 18];

export const POINTS: readonly number[] = Array.from(
  { length: Math.round((TO - FROM) / STEP) + 1 },
  (_, i) => FROM + i * STEP,
);

/** As a table over the grid, linear between its points. */
export const tabulated = (cdf: Cdf): Cdf => {
  const values = POINTS.map(cdf);
  return (x) => {
    const place = (x - FROM) / STEP;
    const i = Math.floor(place);
    if (i < 0) return 0;
    if (i >= values.length - 1) return 1;
    return values[i]! + (place - i) * (values[i + 1]! - values[i]!);
  };
};

/** Of X + deviation * Y. */
export const plus = (x: Cdf, y: Cdf, deviation: number): Cdf => {
  if (deviation === 0) return x;
  const masses = POINTS.map((at) => ({
    by: deviation * at,
    mass: y(at + STEP / 2) - y(at - STEP / 2),
  })).filter(({ mass }) => mass > 1e-9);
  return tabulated((at) => masses.reduce((sum, { by, mass }) => sum + mass * x(at - by), 0));
};

/**
 * For every point of the grid what of sqrt(n) times the cosine of two random directions in n dimensions has the same
 * probability below it. With z of n features' first, w the squared length of the others, cos = z / sqrt(z^2 + w).
 */
export const angular: (n: number) => readonly number[] = /* @__PURE__ */ remembered(String, (n) => {
  const others = n - 1;
  const nodes = others > 0 ? lengths(others) : [[0, 1] as const];
  const tail = (cosine: number): number => {
    const turn = (Math.sqrt(others) * cosine) / Math.sqrt(1 - cosine * cosine);
    return nodes.reduce((sum, [length, weight]) => sum + weight * gaussianTail(length * turn), 0);
  };
  const at = (x: number): number => {
    let [low, high] = [0, 1];
    for (let i = 0; i < 40; i++) {
      const middle = (low + high) / 2;
      if (tail(middle) > gaussianTail(x)) low = middle;
      else high = middle;
    }
    return Math.sqrt(n) * low;
  };
  return POINTS.map((x) => Math.sign(x) * at(Math.abs(x)));
});
