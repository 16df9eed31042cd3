/** Moments of f(u) for Gaussian u of mean 0, and of f(u) f(v) where u and v correlate by c. */
export interface GaussianMoments {
  /** E[f(u)]. */
  readonly mean: number;
  /** E[f(u)^2]. */
  readonly power: number;
  /** E[f'(u)^2]. */
  readonly slope: number;
  /** E[f(u) f(v)] at c. */
  readonly covariance: (c: number) => number;
  /** E[f'(u) f'(v)] at c. */
  readonly slopes: (c: number) => number;
}

/** Deviations on either side. */
const FAR = 8;

/** Points of the trapezoid rule with their Gaussian weights: more than exact enough where what is summed has no corners. */
export const gaussianNodes = (points: number): readonly (readonly [z: number, weight: number])[] =>
  Array.from({ length: points }, (_, i) => {
    const z = -FAR + (2 * FAR * i) / (points - 1);
    return [z, ((2 * FAR) / (points - 1)) * (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI))];
  });

const NODES = gaussianNodes(161);

/** Terms of the expansion in Hermite's polynomials. */
const TERMS = 24;

/** For the derivative by a central difference. */
const STEP = 1e-4;

/**
 * By quadrature, and by Mehler's formula: with a_k the coefficients of f(sqrt(power) z) in normalised Hermite polynomials,
 * E[f(u) f(v)] = sum of a_k^2 c^k, whose derivative by the covariance of u and v is E[f'(u) f'(v)] (Price 1958). What lies
 * behind the last term counts as of its order.
 */
export const gaussianMoments = (f: (x: number) => number, power: number): GaussianMoments => {
  const deviation = Math.sqrt(power);
  const squares = new Array<number>(TERMS).fill(0);
  const coefficients = new Array<number>(TERMS).fill(0);
  let [second, slope] = [0, 0];
  for (const [z, weight] of NODES) {
    const x = deviation * z;
    const value = f(x);
    second += weight * value * value;
    slope += weight * ((f(x + STEP) - f(x - STEP)) / (2 * STEP)) ** 2;
    let [before, own] = [0, weight * value];
    for (let k = 0; k < TERMS; k++) {
      coefficients[k]! += own;
      [before, own] = [own, (z * own - Math.sqrt(k) * before) / Math.sqrt(k + 1)];
    }
  }
  for (const [k, coefficient] of coefficients.entries()) squares[k] = coefficient ** 2;
  const scaled = squares.map((square, k) => (power > 0 ? (k * square) / power : 0)).slice(1);
  return {
    mean: coefficients[0]!,
    power: second,
    slope,
    covariance: series(squares, second),
    slopes: power > 0 ? series(scaled, slope) : () => slope,
  };
};

/** sum of a_k c^k, whose value at 1 is `total`. */
const series = (terms: readonly number[], total: number): ((c: number) => number) => {
  const rest = total - terms.reduce((sum, term) => sum + term, 0);
  return (c) => terms.reduceRight((sum, term) => sum * c + term, rest);
};

/** Of max(u, 0), in closed form (Cho and Saul 2009, n = 0 and 1). */
export const rectifiedMoments = (power: number): GaussianMoments => ({
  mean: Math.sqrt(power / (2 * Math.PI)),
  power: power / 2,
  slope: 0.5,
  covariance: (c) => (power / 2) * reluCorrelation(c),
  slopes: (c) => (1 - angle(c) / Math.PI) / 2,
});

const angle = (c: number): number => Math.acos(Math.min(1, Math.max(-1, c)));

/** Correlation of relu(u) and relu(v) about zero, for Gaussian u, v of correlation c (Cho and Saul 2009, n = 1). */
export const reluCorrelation = (c: number): number => {
  const x = Math.min(1, Math.max(-1, c));
  return (Math.sqrt(1 - x * x) + (Math.PI - angle(x)) * x) / Math.PI;
};
