import { mean, randomStream, standardError } from '@steadyformer/core';
import type { Estimate } from './leastSquares';
import { line } from './line';
import { weightsOf } from './points';
import { confidenceFactor } from './studentT';

/** One network: its output change at some depths, the same for all networks, and that of its stack's input. */
export interface NetworkChanges {
  /** D_0. */
  readonly inputChange: number;
  /** D_N at each depth. */
  readonly changes: readonly number[];
}

/** How D_N - D_0 grows as a power of N, over networks. */
export interface GrowthExponent {
  /** p of D_N - D_0 ~ N^p, with its 95 % interval over networks; null with one network. */
  readonly estimate: Estimate;
  /** p of another curve D_N - D_0 at the same depths, with the same weights. NaN where it is not above zero. */
  readonly of: (curve: (depth: number) => number) => number;
}

const RESAMPLES = 1000;
/** Depths that a slope needs. */
const FEWEST = 3;

/**
 * The growth exponent of the mean network: the slope of ln(D_N - D_0) over ln N, weighted by the errors of the means.
 * Its interval comes from networks drawn again with replacement, whole ones, as the depths of one network hang
 * together (bootstrap, Efron 1979), with Student's t for the few networks there are.
 *
 * Undefined where D_N - D_0 is not above `floor` at 3 depths or more.
 */
export const growthExponent = (
  depths: readonly number[],
  networks: readonly NetworkChanges[],
  floor = 0,
): GrowthExponent | undefined => {
  const rows = networks.map(({ inputChange, changes }) => changes.map((change) => change - inputChange));
  const all = depths.map((depth, k) => ({ depth, ...meanAndError(rows.map((row) => row[k]!)), k }));
  const kept = all.filter(({ value }) => value > floor);
  if (kept.length < FEWEST) return undefined;
  const weights = weightsOf(kept).map((weight, i) => weight * kept[i]!.value ** 2); // of logarithms
  const slopeOf = (values: readonly number[]): number => {
    const usable = values.map((value, i) => ({
      x: Math.log(kept[i]!.depth),
      y: Math.log(value),
      weight: value > 0 ? weights[i]! : 0,
    }));
    const above = usable.filter(({ weight }) => weight > 0);
    return above.length < 2 ? Number.NaN : line(above).slope;
  };
  const value = slopeOf(kept.map((point) => point.value));
  return {
    estimate: {
      value,
      interval: intervalOf(
        value,
        rows,
        kept.map(({ k }) => k),
        slopeOf,
      ),
    },
    of: (curve) => slopeOf(kept.map(({ depth }) => curve(depth))),
  };
};

const intervalOf = (
  value: number,
  rows: readonly (readonly number[])[],
  columns: readonly number[],
  slopeOf: (values: readonly number[]) => number,
): readonly [number, number] | null => {
  const count = rows.length;
  if (count < 2) return null;
  const draws = randomStream(1)
    .fork('networks')
    .uniform(RESAMPLES * count);
  const slopes: number[] = [];
  for (let r = 0; r < RESAMPLES; r++) {
    const drawn = Array.from({ length: count }, (_, i) => rows[Math.floor(draws[r * count + i]! * count)]!);
    const slope = slopeOf(columns.map((k) => mean(drawn.map((row) => row[k]!))));
    if (Number.isFinite(slope)) slopes.push(slope);
  }
  const centre = mean(slopes);
  const variance = mean(slopes.map((slope) => (slope - centre) ** 2));
  // Resampling n things shows (n - 1) / n of their variance.
  const half = confidenceFactor(count - 1) * Math.sqrt((variance * count) / (count - 1));
  return Number.isFinite(half) ? [value - half, value + half] : null;
};

/** The mean, and its standard error: 0 of a single value. */
export const meanAndError = (
  values: readonly number[],
): { readonly value: number; readonly error: number } => {
  return { value: mean(values), error: standardError(values) ?? 0 };
};
