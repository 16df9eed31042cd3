import { streamsBehind } from '@steadyformer/core';
import { line } from '../fit/line';
import type { Perturbation, StackDescription } from './description';
import { forward } from './forward';
import { fallingAs, type Growth, type GrowthClass, NOTATION } from './growthClass';
import { changeAt } from './outputChange';
import type { Resolved } from './step';
import { followsProfile, symbolicClass } from './symbolicGrowth';

const growth = (of: GrowthClass, decided: Growth['decided'], over: Growth['over']): Growth => ({
  class: of,
  notation: NOTATION[of],
  decided,
  over,
});

/** Growth over the depth prefixes of one described network, whose output changes are `changes` (D_1 .. D_N). */
export const prefixGrowth = (
  description: StackDescription,
  { input, steps }: Resolved,
  changes: readonly number[],
  { kind }: Perturbation,
): Growth | undefined => {
  // The forms of the records decide on independent changes alone.
  const symbolic =
    kind === 'aligned'
      ? undefined
      : (symbolicClass(description) ??
        (followsProfile(description, { input, steps }) ? 'logarithmic' : undefined));
  if (symbolic) return growth(symbolic, 'symbolic', 'prefixes');
  const perBlock = description.branches.filter(
    ({ block }) => block === description.branches[0]!.block,
  ).length;
  const numeric = classOfCurve(changes, logOffset({ input, steps }) ?? 1, perBlock);
  return numeric && growth(numeric, 'numeric', 'prefixes');
};

/** s_0 over the mean branch variance; undefined where no branch varies. */
export const logOffset = ({ input, steps }: Resolved): number | undefined => {
  const sum = steps.reduce((total, { variance }) => total + variance, 0);
  return sum > 0 ? (input.variance * steps.length) / sum : undefined;
};

/** Blocks at which a family of networks is evaluated: far beyond any network, so that onsets lie behind. */
const FAR: readonly [number, number, number] = [256, 1024, 4096];

/** The same where every residual adds a stream: time and memory grow with the cube of their number. */
const NEARER: readonly [number, number, number] = [8, 32, 128];

/** Streams behind the last residual. */
const streamsOf = ({ branches }: StackDescription): number => streamsBehind(branches.at(-1)!.residual);

/** Growth over the networks `build(blocks)` describes. */
export const familyGrowth = (
  build: (blocks: number) => StackDescription,
  perturbation: Perturbation,
): Growth => {
  const [one, other] = [build(12), build(16)];
  const last = one.branches.at(-1)?.block ?? 0;
  const head = (d: StackDescription): string =>
    JSON.stringify(d.branches.filter(({ block = 0 }) => block <= last));
  // Records that do not depend on the depth: every network is a prefix of a deeper one.
  const independent = perturbation.kind !== 'aligned';
  const symbolic = independent && head(one) === head(other) ? symbolicClass(other) : undefined;
  if (symbolic) return growth(symbolic, 'symbolic', 'networks');
  const changesAt = (depths: readonly number[]): number[] =>
    depths.map((blocks) => changeAt(forward(build(blocks), perturbation), 0, perturbation).at(-1)!.change);
  const far = streamsOf(other) > streamsOf(one) ? [] : changesAt(FAR);
  // A stream that its own scale multiplies at every residual leaves the numbers there are.
  const changes = far.length > 0 && far.every(Number.isFinite) ? far : changesAt(NEARER);
  const [shallow, , deep] = changes as [number, number, number];
  const found = growth(classOfIncrements(changes as [number, number, number]), 'numeric', 'networks');
  // Of three depths, each four times the one before.
  return found.class === 'falling'
    ? { ...found, notation: fallingAs(Math.log(deep / shallow) / Math.log(16)) }
    : found;
};

/** A power of N from which a change falls, and does not only settle. */
const FALLS = -0.25;

/** From D at N, 4N, 16N: increments shrink, stay, double or quadruple for O(1), O(log N), O(sqrt N), O(N); D itself falls or settles. */
const classOfIncrements = ([a, b, c]: readonly [number, number, number]): GrowthClass => {
  const powers = [b / a, c / b].map((ratio) => Math.log(ratio) / Math.log(4));
  if (a > 0 && c > 0 && powers.every((each) => each < FALLS)) return 'falling';
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
