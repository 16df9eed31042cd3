/** Lines and points of one chart, each with its own places on the axis. */
export interface Curve {
  readonly label: string;
  /** A CSS colour, such as `var(--steady-admin)`. */
  readonly colour: string;
  readonly dashed?: boolean;
  /** Points alone, no line between them. */
  readonly points?: boolean;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** The curves over one axis: all places in order, and of each curve its value there, or null. */
export const align = (curves: readonly Pick<Curve, 'x' | 'y'>[]): [number[], ...(number | null)[][]] => {
  const places = [...new Set(curves.flatMap(({ x }) => x))].sort((a, b) => a - b);
  const index = new Map(places.map((place, i) => [place, i]));
  const columns = curves.map(({ x, y }) => {
    const column: (number | null)[] = places.map(() => null);
    for (const [i, place] of x.entries()) column[index.get(place)!] = y[i] ?? null;
    return column;
  });
  return [places, ...columns];
};

/** The mean of each value and so many before it: what a line shows of figures that scatter. */
export const smoothed = (values: readonly number[], horizon: number): number[] => {
  let sum = 0;
  return values.map((value, i) => {
    sum += value - (i >= horizon ? values[i - horizon]! : 0);
    return sum / Math.min(i + 1, horizon);
  });
};

/** A number as a table or a sentence shows it: three digits, powers of ten where it is very small or large. */
export const short = (value: number): string => {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 0.001 && size < 10_000) return String(Number(value.toPrecision(3)));
  const [mantissa, exponent] = value.toExponential(1).split('e') as [string, string];
  const digits = [...exponent.replace('+', '')].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '⁻');
  return `${mantissa} · 10${digits.join('')}`;
};

/** A chart in words: where each curve begins and ends. */
export const curvesText = (title: string, curves: readonly Curve[]): string => {
  const lines = curves
    .filter(({ y }) => y.length > 0)
    .map(
      ({ label, x, y }) => `${label}: from ${short(y[0]!)} at ${x[0]} to ${short(y.at(-1)!)} at ${x.at(-1)}`,
    );
  return `${title}. ${lines.length === 0 ? 'No figures yet' : lines.join('; ')}.`;
};
