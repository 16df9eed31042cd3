/** Quantile p in [0, 1] by linear interpolation between order statistics (numpy's default). */
export const quantile = (values: readonly number[], p: number): number => {
  if (values.length === 0) throw new RangeError('quantile: received no values, allowed at least one');
  if (!(p >= 0 && p <= 1)) throw new RangeError(`quantile: received p = ${p}, allowed [0, 1]`);
  const sorted = [...values].sort((a, b) => a - b);
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  const below = sorted[low]!;
  return below + (at - low) * (sorted[Math.min(low + 1, sorted.length - 1)]! - below);
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** A middle and the 16th and 84th percentiles around it: one standard deviation each way for a normal law. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export const spread = (values: readonly number[]): Spread => ({
  median: median(values),
  low: quantile(values, 0.16),
  high: quantile(values, 0.84),
});

/**
 * How many times faster `own` is than `base`, from times of the same rounds: round i of one belongs to round i of
 * the other, so that what slows the machine for a while slows both. Undefined where no round has both.
 */
export const pairedSpeedup = (own: readonly number[], base: readonly number[]): Spread | undefined => {
  const rounds = Math.min(own.length, base.length);
  if (rounds === 0) return undefined;
  return spread(Array.from({ length: rounds }, (_, i) => base[i]! / own[i]!));
};

/** The least-squares line through (ln x, ln y): y = factor x^exponent, with the exponent's standard error. */
export interface PowerLaw {
  readonly exponent: number;
  readonly error: number;
  readonly factor: number;
}

/** Fits y = factor x^exponent on logarithms. Needs two different x; the error is NaN with only two points. */
export const fitPower = (x: readonly number[], y: readonly number[]): PowerLaw => {
  if (x.length !== y.length || new Set(x).size < 2) {
    throw new RangeError(
      `fitPower: received ${x.length} and ${y.length} values, allowed two or more different x`,
    );
  }
  const [u, v] = [x.map(Math.log), y.map(Math.log)];
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanU, meanV] = [mean(u), mean(v)];
  const squares = u.reduce((sum, value) => sum + (value - meanU) ** 2, 0);
  const exponent = u.reduce((sum, value, i) => sum + (value - meanU) * (v[i]! - meanV), 0) / squares;
  const intercept = meanV - exponent * meanU;
  const residual = u.reduce((sum, value, i) => sum + (v[i]! - intercept - exponent * value) ** 2, 0);
  return { exponent, error: Math.sqrt(residual / (x.length - 2) / squares), factor: Math.exp(intercept) };
};
