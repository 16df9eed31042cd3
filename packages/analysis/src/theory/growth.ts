import { initialOf, type Residual } from '@steadyformer/core';
import { line } from '../fit/line';
import type { Perturbation, StackDescription } from './description';
import { forward, type Resolved } from './forward';
import { outputChangeAt } from './outputChange';

/** How the output change grows with the number N of residual branches. */
export type GrowthClass = 'constant' | 'logarithmic' | 'squareRoot' | 'linear' | 'superlinear';

export const NOTATION: Readonly<Record<GrowthClass, string>> = {
  constant: 'O(1)',
  logarithmic: 'O(log N)',
  squareRoot: 'O(sqrt N)',
  linear: 'O(N)',
  superlinear: 'more than O(N)',
};

export interface Growth {
  readonly class: GrowthClass;
  /** `O(log N)` and the like. */
  readonly notation: string;
  /** From the form of the records, or from numbers. */
  readonly decided: 'symbolic' | 'numeric';
  /** Over the depth prefixes of one network, or over networks built for each depth. */
  readonly over: 'prefixes' | 'networks';
  /** c of ln(N + c) where logarithmic: s_0 over the mean branch variance, the depth where a line turns over. */
  readonly offset?: number;
}

const growth = (of: GrowthClass, decided: Growth['decided'], over: Growth['over']): Growth => ({
  class: of,
  notation: NOTATION[of],
  decided,
  over,
});

/**
 * The class that follows from the records alone, where every block repeats the first: with a norm of the sum
 * beta_ii^2 = v / (omega^2 + v) is constant, so D grows as N; without one, Var[x_i] grows by v a branch and
 * beta_ii^2 = v / (s_0 + i v), so D grows as ln N; a profiled omega does the same behind a norm. Undefined where
 * the records are mixed, or scales differ between blocks.
 */
const symbolicClass = ({ branches }: StackDescription): GrowthClass | undefined => {
  if (branches.length === 0) return 'constant';
  const alphas = branches.map((branch) => branch.alpha ?? initialOf(branch.residual.branchScale));
  if (branches.every(({ change }, i) => alphas[i] === 0 && change === undefined)) return 'constant';
  const known = branches.every((branch, i) => {
    const first = branches.find(
      ({ form, block }) => form?.kind === branch.form?.kind && block === branches[0]!.block,
    );
    return first && Number(alphas[i]) > 0 && alike(branch, first) && !branch.residual.extraShortcut;
  });
  if (!known) return undefined;
  if (branches.every((branch) => branch.residual.after && scaleInForce(branch) === 'profiled'))
    return 'logarithmic';
  if (branches.every((branch) => branch.residual.after && typeof scaleInForce(branch) === 'number'))
    return 'linear';
  const bounded = ({ before, inside, after }: Residual): boolean =>
    !after && (before ?? inside) !== undefined;
  if (branches.every((branch) => bounded(branch.residual) && scaleInForce(branch) === 1))
    return 'logarithmic';
  return undefined;
};

type Described = StackDescription['branches'][number];

/** The shortcut scale in force. */
export const scaleInForce = (branch: Described): number | 'profiled' =>
  branch.omega ?? initialOf(branch.residual.shortcutScale);

/** Scales and gains of drawn or rounded weights differ a little; a method's differ in kind or with the depth. */
const SAME = 0.1;

export const alike = (a: Described, b: Described): boolean => {
  const close = (x: number | string, y: number | string): boolean =>
    x === y || (typeof x === 'number' && typeof y === 'number' && Math.abs(x - y) <= SAME * Math.abs(y));
  const gainsOf = ({ form }: Described): [string, number][] => Object.entries(form?.gains ?? {});
  const others = Object.fromEntries(gainsOf(b));
  return (
    JSON.stringify(a.residual) === JSON.stringify(b.residual) &&
    close(scaleInForce(a), scaleInForce(b)) &&
    close(a.alpha ?? initialOf(a.residual.branchScale), b.alpha ?? initialOf(b.residual.branchScale)) &&
    gainsOf(a).every(([role, gain]) => close(gain, others[role] ?? 1))
  );
};

/** Growth over the depth prefixes of one described network, whose output changes are `changes` (D_1 .. D_N). */
export const prefixGrowth = (
  description: StackDescription,
  { input, steps }: Resolved,
  changes: readonly number[],
): Growth | undefined => {
  const symbolic =
    symbolicClass(description) ?? (followsProfile(description, { input, steps }) ? 'logarithmic' : undefined);
  if (symbolic) return growth(symbolic, 'symbolic', 'prefixes');
  const perBlock = description.branches.filter(
    ({ block }) => block === description.branches[0]!.block,
  ).length;
  const numeric = classOfCurve(changes, logOffset({ input, steps }) ?? 1, perBlock);
  return numeric && growth(numeric, 'numeric', 'prefixes');
};

/** A profile is of one batch, with dropout on: its omegas may lie as far off the variances described. */
const OFF = 1.35;

/**
 * Whether the shortcut scales in force are those of Admin's rule, omega_i^2 = omega_1^2 s_0 + sum of v_j over j < i:
 * scales that were set from a profile are plain numbers.
 */
const followsProfile = ({ branches }: StackDescription, { input, steps }: Resolved): boolean => {
  if (branches.length < 2 || !branches.every(({ residual }) => residual.after && !residual.extraShortcut)) {
    return false;
  }
  const start = steps[0]!.omega ** 2 * input.variance;
  let square = start;
  const follows = steps.every(({ omega, variance }, i) => {
    const ratio = i === 0 ? 1 : omega ** 2 / square;
    square += variance;
    return variance > 0 && ratio < OFF && ratio > 1 / OFF;
  });
  // Where branches add too little, omegas that stay as they are would follow as well.
  return follows && square - steps.at(-1)!.variance > OFF * start;
};

/** s_0 over the mean branch variance; undefined where no branch varies. */
export const logOffset = ({ input, steps }: Resolved): number | undefined => {
  const sum = steps.reduce((total, { variance }) => total + variance, 0);
  return sum > 0 ? (input.variance * steps.length) / sum : undefined;
};

/** Blocks at which a family of networks is evaluated: far beyond any network, so that onsets lie behind. */
const FAR: readonly [number, number, number] = [256, 1024, 4096];

/** Growth over the networks `build(blocks)` describes. */
export const familyGrowth = (
  build: (blocks: number) => StackDescription,
  perturbation: Perturbation,
): Growth => {
  const [one, other] = [build(2), build(3)];
  const head = (d: StackDescription): string => JSON.stringify(d.branches.filter((b) => b.block === 0));
  // Records that do not depend on the depth: every network is a prefix of a deeper one.
  const symbolic = head(one) === head(other) ? symbolicClass(other) : undefined;
  if (symbolic) return growth(symbolic, 'symbolic', 'networks');
  const changes = FAR.map((blocks) => {
    return outputChangeAt(forward(build(blocks), perturbation), 0).at(-1)!.change;
  }) as [number, number, number];
  return growth(classOfIncrements(changes), 'numeric', 'networks');
};

/** From D at N, 4N, 16N: increments shrink, stay, double or quadruple for O(1), O(log N), O(sqrt N), O(N). */
const classOfIncrements = ([a, b, c]: readonly [number, number, number]): GrowthClass => {
  if (c - a <= 0.01 * Math.abs(a) || c === 0) return 'constant';
  const power = Math.log((c - b) / (b - a)) / Math.log(4);
  if (power < -0.25) return 'constant';
  if (power < 0.25) return 'logarithmic';
  if (power < 0.8) return 'squareRoot';
  return power <= 1.3 ? 'linear' : 'superlinear';
};

/** Increments that a slope and a bend are seen in. */
const FEWEST = 3;

/**
 * The class of D_1 .. D_N: its increments a block fall as (i + c)^-q, with q = 0, 1/2, 1 for O(N), O(sqrt N), O(log N)
 * and more for O(1). q and c by least squares of the logarithms; c up to `offset`, that of branches of one variance: where
 * they fade, the first ones decide. Undefined below 8 depths, and below 3 increments.
 */
const classOfCurve = (
  changes: readonly number[],
  offset: number,
  branchesPerBlock: number,
): GrowthClass | undefined => {
  if (changes.length < 8) return undefined;
  const last = changes[changes.length - 1]!;
  const half = changes[Math.floor(changes.length / 2) - 1]!;
  if (last - half <= 0.02 * last) return 'constant';
  const ends = changes.filter((_, i) => (i + 1) % branchesPerBlock === 0);
  const increments = ends.slice(1).map((end, i) => end - ends[i]!);
  const points = increments.flatMap((increment, i) =>
    increment > 0 ? [{ n: (i + 1.5) * branchesPerBlock, y: Math.log(increment) }] : [],
  );
  if (points.length < FEWEST) return undefined;
  const fits = [0, ...Array.from({ length: 9 }, (_, k) => offset / 2 ** (k / 2))].map((c) => {
    const { slope, at } = line(points.map(({ n, y }) => ({ x: Math.log(n + c), y, weight: 1 })));
    return { slope, error: points.reduce((sum, { n, y }) => sum + (y - at(Math.log(n + c))) ** 2, 0) };
  });
  const { slope } = fits.reduce((best, each) => (each.error < best.error ? each : best));
  if (slope > 0.25) return 'superlinear';
  if (slope > -0.25) return 'linear';
  if (slope > -0.75) return 'squareRoot';
  return slope > -1.3 ? 'logarithmic' : 'constant';
};
