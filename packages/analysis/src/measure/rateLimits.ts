/** A model behind an update by one rate. */
export interface RatePoint {
  readonly rate: number;
  readonly loss: number;
  /** D: variance per element of the change of the normalised output. */
  readonly change: number;
}

/**
 * The rate from which on the loss behind the update is above `loss`, between points of rising rates; null where it is not.
 * Of (L(rate) - L) / rate, a line where the loss is quadratic, the zero.
 */
export const risingRate = (points: readonly RatePoint[], loss: number): number | null => {
  const height = (point: RatePoint): number => (point.loss - loss) / point.rate;
  const i = points.findIndex((point) => !(point.loss <= loss));
  if (i < 0) return null;
  const [below, above] = [points[i - 1], points[i]!];
  if (!below) return 0;
  if (!Number.isFinite(above.loss)) return below.rate;
  const [low, high] = [height(below), height(above)];
  return below.rate + ((above.rate - below.rate) * low) / (low - high);
};

/** The rate at which D reaches a limit, by the power law between two points, D ~ rate^2 before the first; null where it is not. */
export const changingRate = (points: readonly RatePoint[], limit: number): number | null => {
  const i = points.findIndex(({ change }) => !(change < limit));
  if (i < 0) return null;
  const [below, above] = [points[i - 1], points[i]!];
  if (!Number.isFinite(above.change)) return below?.rate ?? 0;
  if (!below || below.change === 0) return above.rate * Math.sqrt(limit / above.change);
  const power = Math.log(above.change / below.change) / Math.log(above.rate / below.rate);
  return below.rate * (limit / below.change) ** (1 / power);
};

/** How far the square root of D over the rate may be from where it begins. */
const STRAIGHT = 0.1;

/** From the smallest rate to the largest up to which the output moves in proportion to it, within a tenth. */
export const linearRange = (points: readonly RatePoint[]): readonly [number, number] => {
  const speed = ({ change, rate }: RatePoint): number => Math.sqrt(change) / rate;
  const first = points[0]!;
  const bent = points.findIndex((point) => !(Math.abs(speed(point) / speed(first) - 1) <= STRAIGHT));
  return [first.rate, points[(bent < 0 ? points.length : Math.max(bent, 1)) - 1]!.rate];
};
