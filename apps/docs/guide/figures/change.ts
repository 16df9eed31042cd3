import type { Method } from './methods';

export const STEPS = ['random', 'gradient'] as const;
export type Step = (typeof STEPS)[number];

/** D_N at one depth: the mean of the networks, and the range that they span. */
export interface Point {
  /** N, residual branches. */
  readonly depth: number;
  readonly mean: number;
  readonly range: readonly [number, number];
  /** By theorem 2, which speaks of random steps alone. */
  readonly predicted: number;
}

export type Curves = Readonly<Record<Step, Readonly<Record<Method, readonly Point[]>>>>;

/** What the page loads: computed when the site is built. */
export interface OutputChanges {
  readonly curves: Curves;
  readonly networks: number;
  readonly width: number;
  readonly tokens: Readonly<Record<Step, number>>;
  /** What the experiment claimed beforehand, and what came of it. */
  readonly claims: readonly Claim[];
}

export interface Claim {
  readonly claim: string;
  readonly word: string;
  readonly found: string;
}

export interface Scale {
  /** From a value to a place, in pixels. */
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Equal steps of 1, 2 or 5 times a power of ten, `count` at most. */
const niceStep = (span: number, count: number): number => {
  const power = 10 ** Math.floor(Math.log10(span / count));
  return [1, 2, 5, 10].map((k) => k * power).find((step) => span / step <= count)!;
};

/** From 0 to a little more than the largest value. */
export const linearScale = (largest: number, { from, to }: Range, count: number): Scale => {
  const step = niceStep(largest, count);
  const end = Math.ceil(largest / step) * step;
  return {
    at: (value) => from + (value / end) * (to - from),
    ticks: Array.from({ length: Math.round(end / step) + 1 }, (_, k) => k * step),
  };
};

/** Whole decades around the values. What is not above 0 lies at the lower end. */
export const logScale = (values: readonly number[], { from, to }: Range): Scale => {
  const positive = values.filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(...positive)));
  const high = Math.ceil(Math.log10(Math.max(...positive)));
  return {
    at: (value) =>
      from + ((value > 0 ? Math.max(Math.log10(value), low) : low) - low) * ((to - from) / (high - low)),
    ticks: Array.from({ length: high - low + 1 }, (_, k) => 10 ** (low + k)),
  };
};

/** A path through points, such as M1.0 2.0L3.0 4.0. */
export const pathOf = (points: readonly (readonly [number, number])[]): string =>
  points.map(([x, y], k) => `${k === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');

/** The index of the depth nearest to a place. */
export const nearest = (depths: readonly number[], at: Scale['at'], x: number): number =>
  depths.reduce(
    (best, depth, k) => (Math.abs(at(depth) - x) < Math.abs(at(depths[best]!) - x) ? k : best),
    0,
  );

/** A change in two digits, as a factor and a power of ten: 2.1 and -4. */
export const inTens = (value: number): { readonly factor: string; readonly power: number } => {
  const [factor = '0', power = '0'] = value.toExponential(1).split('e');
  return { factor, power: Number(power) };
};

/** A power as it is printed, with the minus sign of a text. */
export const powerText = (power: number): string => String(power).replace('-', '−');

/** Said by screen readers in place of the chart. */
export const described = (label: string, points: readonly Point[]): string => {
  const [first, last] = [points[0]!, points.at(-1)!];
  return `${label}: from ${first.mean.toExponential(1)} after ${first.depth} branch to ${last.mean.toExponential(1)} after ${last.depth}, ${Math.round(last.mean / first.mean)} times as much.`;
};
