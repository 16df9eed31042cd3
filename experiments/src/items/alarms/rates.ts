import { WATCH_THRESHOLDS } from '@steadyformer/analysis';
import { median } from '../../framework/statistics';
import { harmOf, isHealthy } from './outcome';
import type { Kind, Point } from './points';

/** What is a threshold worth on runs. */
export interface Rates {
  /** Healthy runs, and those of them that it warns in. */
  readonly healthy: number;
  readonly falseAlarms: number;
  /** Runs whose loss left the healthy band, those that it warns in, and those that it warns in before. */
  readonly harmed: number;
  readonly seen: number;
  readonly before: number;
  /** Updates from the first warning to the loss leaving the band, the median of those seen; null where none is. */
  readonly lead: number | null;
}

/** The update of the first look, from the fault's onset on, at which a signal is beyond a threshold; null where none is. */
export const warnedAt = (run: Point, kind: Kind, threshold: number): number | null => {
  const sign = WATCH_THRESHOLDS[kind].warns === 'above' ? 1 : -1;
  const values = run.signals[kind] ?? [];
  const look = values.findIndex(
    (value, i) => value !== null && run.looks[i]! >= run.onset && sign * (value - threshold) > 0,
  );
  return look < 0 ? null : run.looks[look]!;
};

const earliest = (updates: readonly (number | null)[]): number | null => {
  const known = updates.flatMap((update) => update ?? []);
  return known.length === 0 ? null : Math.min(...known);
};

/** A network that was harmed, and when. */
export interface Harmed {
  readonly run: Point;
  readonly at: number;
}

export const harmedOf = (points: readonly Point[]): Harmed[] =>
  points.flatMap((run) => {
    const at = isHealthy(run) ? null : harmOf(run, points);
    return at === null ? [] : [{ run, at }];
  });

/** The rates of the first of several thresholds that warns. */
export const ratesOf = (
  points: readonly Point[],
  thresholds: Readonly<Partial<Record<Kind, number>>>,
  harmed: readonly Harmed[] = harmedOf(points),
): Rates => {
  const entries = Object.entries(thresholds) as [Kind, number][];
  const first = (run: Point): number | null =>
    earliest(entries.map(([kind, threshold]) => warnedAt(run, kind, threshold)));
  const healthy = points.filter(isHealthy);
  const leads = harmed.flatMap(({ run, at }) => {
    const update = first(run);
    return update === null ? [] : [at - update];
  });
  return {
    healthy: healthy.length,
    falseAlarms: healthy.filter((run) => first(run) !== null).length,
    harmed: harmed.length,
    seen: leads.length,
    before: leads.filter((lead) => lead > 0).length,
    lead: leads.length === 0 ? null : median(leads),
  };
};

/** Factors of the default that a sweep tries. */
const FACTORS = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1 / Math.SQRT2, 1, Math.SQRT2, 2, 4, 8, 16] as const;

/** The rates of a signal alone, at thresholds from a sixteenth of its default to 16 times it. */
export const sweepOf = (
  points: readonly Point[],
  kind: Kind,
  harmed: readonly Harmed[] = harmedOf(points),
): (Rates & { readonly threshold: number })[] =>
  FACTORS.map((factor) => {
    const threshold = WATCH_THRESHOLDS[kind].initial * factor;
    return { threshold, ...ratesOf(points, { [kind]: threshold }, harmed) };
  });

/** The default of each kind. */
export const defaults = (): Record<Kind, number> =>
  Object.fromEntries(
    Object.entries(WATCH_THRESHOLDS).map(([kind, { initial }]) => [kind, initial]),
  ) as Record<Kind, number>;
