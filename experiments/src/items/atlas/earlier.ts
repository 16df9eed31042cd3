import { sampled } from '@steadyformer/analysis';
import { standardError } from '@steadyformer/core';
import { growthOf } from './growth';
import type { Point, StartPoint } from './points';

// An earlier measurement of the same sizes, of 2 networks a point and N = 8, 16, 32, 64, made before this item by a script
// of its own: exponents of N after random signs and after signs of the gradient, and D at N = 8 and 64 of the latter.

export interface EarlierRow {
  readonly random: number;
  readonly aligned: number;
  readonly changes: readonly [number, number];
}

/** By the names of core's methods, those that exist or may come. */
export const EARLIER: Readonly<Record<string, EarlierRow>> = {
  postLN: { random: 1.38, aligned: 2.98, changes: [2.4e-6, 1.1e-3] },
  preLN: { random: 0.49, aligned: 1.86, changes: [7.0e-7, 3.3e-5] },
  periLN: { random: 0.34, aligned: 1.4, changes: [1.9e-6, 3.2e-5] },
  admin: { random: 0.48, aligned: 1.79, changes: [7.5e-7, 2.9e-5] },
  depthMuP: { random: 0.09, aligned: 1.04, changes: [7.0e-7, 6.3e-6] },
  completeP: { random: -0.53, aligned: -0.07, changes: [7.0e-7, 6.1e-7] },
  // Of Keel with a first block like all others, `keel({ scaledFirstBlock: true })`: see the README.
  keel: { random: -0.06, aligned: -0.05, changes: [1.1e-8, 9.8e-9] },
};

/** Of one kind of change: exponents of N = 8 to 64, then and now. */
export interface ComparedExponent {
  readonly kind: 'random' | 'aligned';
  readonly earlier: number;
  readonly now: number;
  /** How far apart the scatter of the networks lets the two be, 95 %. */
  readonly scatter: number;
}

/** What was measured then, and what the same depths give here. */
export interface Compared {
  readonly method: string;
  readonly exponents: readonly ComparedExponent[];
  /** Mean D at N = 8 and 64 after the gradient's signs, then and now. */
  readonly changes: readonly { readonly depth: number; readonly earlier: number; readonly now: number }[];
}

/** Width and N of the exponents then, and networks of a point. */
const WIDTH = 128;
const DEPTHS = [8, 16, 32, 64];
const NETWORKS = 2;
/** Exponents nearer than this are the same, however little networks scatter; changes within this factor are. */
const SAME = { exponent: 0.3, factor: 2 };

/** The exponents of single networks scatter: so far may a mean of 2 of them lie from a mean of ours. */
const scatterOf = (exponents: readonly number[]): number => {
  const error = standardError(exponents);
  if (error === null) return Number.POSITIVE_INFINITY;
  const { mean, interval } = sampled(exponents);
  const factor = interval && error > 0 ? (interval[1] - mean) / error : 0;
  const deviation = error * Math.sqrt(exponents.length);
  return factor * deviation * Math.sqrt(1 / NETWORKS + 1 / exponents.length);
};

const comparedExponent = (
  { networks, depths }: StartPoint,
  kind: 'random' | 'aligned',
  earlier: number,
): ComparedExponent => {
  const at = DEPTHS.map((depth) => depths.indexOf(depth));
  const own = networks.map((network) => ({
    input: at.map((k) => network[`${kind}Input`][k]!),
    changes: at.map((k) => network[kind][k]!),
  }));
  const singles = own.map((network) => growthOf(DEPTHS, [network]));
  return {
    kind,
    earlier,
    now: growthOf(DEPTHS, own).exponent?.value ?? 0,
    scatter: scatterOf(singles.map(({ exponent }) => exponent?.value ?? 0)),
  };
};

export const compared = (points: readonly Point[]): Compared[] => {
  const found: Compared[] = [];
  for (const each of points) {
    const earlier = EARLIER[each.method];
    if (each.stage !== 'start' || each.width !== WIDTH) continue;
    if (!earlier || !DEPTHS.every((depth) => each.depths.includes(depth))) continue;
    const changes = [DEPTHS[0]!, DEPTHS.at(-1)!].map((depth, i) => {
      const k = each.depths.indexOf(depth);
      const now = sampled(each.networks.flatMap(({ aligned }) => aligned[k] ?? [])).mean;
      return { depth, earlier: earlier.changes[i]!, now };
    });
    found.push({
      method: each.method,
      exponents: [
        comparedExponent(each, 'random', earlier.random),
        comparedExponent(each, 'aligned', earlier.aligned),
      ],
      changes,
    });
  }
  return found;
};

/** What of an earlier row is not met, in words; nothing where all is. */
export const missed = ({ method, exponents, changes }: Compared): string[] => [
  ...exponents.flatMap(({ kind, earlier, now, scatter }) =>
    Math.abs(now - earlier) <= Math.max(SAME.exponent, scatter)
      ? []
      : [`${method} ${kind} ${now.toFixed(2)}, then ${earlier}`],
  ),
  ...changes.flatMap(({ depth, earlier, now }) =>
    Math.max(now / earlier, earlier / now) <= SAME.factor
      ? []
      : [`${method} D at N = ${depth} ${now.toExponential(1)}, then ${earlier.toExponential(1)}`],
  ),
];
