import { meanOf } from '../../framework/statistics';
import type { Point } from './points';

/** Deviations of healthy networks, and nats at least, above their mean at which the band ends. */
const BAND = { deviations: 4, nats: 0.1 };

export const isHealthy = ({ fault }: Point): boolean => fault === 'none';

/** The highest held-out loss of the healthy band of a method at each look. */
export const bandOf = (points: readonly Point[], method: Point['method']): number[] => {
  const healthy = points.filter((each) => isHealthy(each) && each.method === method);
  const length = Math.min(...healthy.map(({ heldOut }) => heldOut.length));
  return Array.from({ length }, (_, look) => {
    const losses = healthy.map(({ heldOut }) => heldOut[look] ?? Number.POSITIVE_INFINITY);
    const centre = meanOf(losses);
    const variance = losses.reduce((sum, x) => sum + (x - centre) ** 2, 0) / Math.max(1, losses.length - 1);
    return centre + Math.max(BAND.deviations * Math.sqrt(variance), BAND.nats);
  });
};

/**
 * The update at which a run is known to have gone wrong: the first of two looks in a row whose held-out loss lies above the
 * healthy band of its method, or one that was not finite. Null where it went well.
 */
export const harmOf = (run: Point, points: readonly Point[]): number | null => {
  const band = bandOf(points, run.method);
  const off = run.heldOut.map((loss, look) => loss === null || loss > (band[look] ?? loss));
  const look = off.findIndex((each, i) => each && (off[i + 1] ?? false));
  const left = look < 0 ? null : run.looks[look]!;
  if (left === null || run.stopped === null) return left ?? run.stopped;
  return Math.min(left, run.stopped);
};
