import { mean } from '@steadyformer/core';
import { type GrowthClass, NOTATION } from '../theory/growthClass';
import { type Estimate, leastSquares, type Shape } from './leastSquares';
import { checkPoints, type GrowthPoint } from './points';

/** A law that `fitGrowth` knows. */
export type LawName = 'linear' | 'logarithmic' | 'plainLogarithmic' | 'squareRoot' | 'power';

/** One law fitted to the points. */
export interface LawFit {
  readonly law: LawName;
  /** `a + b ln(N + c)`. */
  readonly formula: string;
  readonly parameters: Readonly<Record<string, Estimate>>;
  readonly r2: number;
  /** Corrected for few points (AICc). */
  readonly aicc: number;
}

/** What `fitGrowth` gives: all laws, and the best of them. */
export interface GrowthFit {
  readonly points: readonly GrowthPoint[];
  /** All laws, the best by AICc first. Plain ln N is reported, and competes where points are too few for c. */
  readonly fits: readonly LawFit[];
  /** The best of the laws that compete: the class is its. */
  readonly best: LawFit;
  readonly class: GrowthClass;
  /** `O(log N)` and the like. */
  readonly notation: string;
  /**
   * Akaike weight (AICc) of the laws that speak for the class among those that compete, in [0, 1]. It takes the points
   * for independent, which the prefixes of one network are not: no measure of certainty there. `depthCheck` judges by
   * networks.
   */
  readonly weight: number;
}

interface Law {
  readonly formula: string;
  readonly theta?: string;
  readonly shape: Shape;
}

/** Points that a law with a third parameter needs before it may compete. */
const ENOUGH = 6;
/** A value range of less than this share of the mean is no growth. */
const FLAT = 0.02;

const laws = (points: readonly GrowthPoint[]): Readonly<Record<LawName, Law>> => {
  const [first, last] = [points[0]!.depth, points.at(-1)!.depth];
  return {
    linear: { formula: 'a + b N', shape: { g: (n) => n } },
    logarithmic: {
      formula: 'a + b ln(N + c)',
      theta: 'c',
      // With a larger c the logarithm is too near a line, over these depths, to be told from one.
      shape: {
        g: (n, c) => Math.log(n + c),
        slope: (n, c) => 1 / (n + c),
        range: [-0.9 * first, Math.max(first, last / 3)],
      },
    },
    plainLogarithmic: { formula: 'a + b ln N', shape: { g: Math.log } },
    squareRoot: { formula: 'a + b sqrt(N)', shape: { g: Math.sqrt } },
    power: {
      formula: 'a + b N^p',
      theta: 'p',
      // Towards p = 0 the power is the plain logarithm.
      shape: { g: (n, p) => n ** p, slope: (n, p) => n ** p * Math.log(n), range: [0.05, 3] },
    },
  };
};

/**
 * Fits the laws of growth by least squares, weighted where points have errors, and chooses among a + b N,
 * a + b ln(N + c) and a + b N^p by AICc (with fewer than 6 points among a + b N, a + b ln N and a + b sqrt(N)). A power of 0.8 to 1.3 counts as linear, one
 * above as superlinear, one of 0.25 to 0.8 as a square root, one below as logarithmic.
 *
 * Throws on fewer than 4 points, depths that do not increase, and values that are not finite.
 */
export const fitGrowth = async (points: readonly GrowthPoint[]): Promise<GrowthFit> => {
  checkPoints(points, 'fitGrowth()');
  const all = await Promise.all(
    Object.entries(laws(points)).map(async ([name, { formula, theta, shape }]): Promise<LawFit> => {
      const { a, b, theta: third, r2, aicc } = await leastSquares(points, shape);
      const parameters = { a, b, ...(theta && third ? { [theta]: third } : {}) };
      return { law: name as LawName, formula, parameters, r2, aicc };
    }),
  );
  const enough = points.length >= ENOUGH;
  const competitors: readonly LawName[] = enough
    ? ['linear', 'logarithmic', 'power']
    : ['linear', 'plainLogarithmic', 'squareRoot'];
  const ranked = all
    .filter(({ parameters: { c, p } }) => enough || !(c ?? p))
    .sort((one, other) => one.aicc - other.aicc);
  const competing = ranked.filter(({ law }) => competitors.includes(law));
  const weights = competing.map(({ aicc }) => Math.exp((competing[0]!.aicc - aicc) / 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const chosen = isFlat(points) ? 'constant' : classOf(competing[0]!);
  const agreeing = competing.reduce(
    (sum, fit, i) => sum + (chosen === 'constant' || classOf(fit) === chosen ? weights[i]! : 0),
    0,
  );
  const [best] = competing;
  return {
    points,
    fits: ranked,
    best: best!,
    class: chosen,
    notation: NOTATION[chosen],
    weight: agreeing / total,
  };
};

const isFlat = (points: readonly GrowthPoint[]): boolean => {
  const values = points.map(({ value }) => value);
  return Math.max(...values) - Math.min(...values) <= FLAT * Math.abs(mean(values));
};

const classOf = ({ law, parameters }: LawFit): GrowthClass => {
  if (parameters.b!.value <= 0) return 'constant';
  if (law === 'plainLogarithmic') return 'logarithmic';
  if (law !== 'power') return law;
  const p = parameters.p!.value;
  if (p > 1.3) return 'superlinear';
  if (p >= 0.8) return 'linear';
  return p >= 0.25 ? 'squareRoot' : 'logarithmic';
};

/** The value of a fitted law at a depth. */
export const evaluateLaw = ({ law, parameters }: LawFit, depth: number): number => {
  const { a, b, c, p } = parameters;
  const { shape } = laws([{ depth, value: 0 }])[law];
  return a!.value + b!.value * shape.g(depth, (c ?? p)?.value ?? 0);
};
