import type { NormSpec } from '../layers/norm';
import type { Residual, Scale } from './residual';

/** What the numbers of a trained scale are: of a scalar, all four the same or 0. */
export interface Spread {
  readonly mean: number;
  /** Standard deviation. */
  readonly deviation: number;
  readonly least: number;
  readonly most: number;
}

/** The values in force of a residual's trained scales. */
export interface ScaleSpreads {
  readonly omega?: Spread | undefined;
  readonly alpha?: Spread | undefined;
  /** Of `readScale`. */
  readonly rho?: Spread | undefined;
}

export const spreadOf = (values: ArrayLike<number>): Spread => {
  const numbers = Array.from(values);
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const square = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
  const least = numbers.reduce((a, b) => Math.min(a, b));
  const most = numbers.reduce((a, b) => Math.max(a, b));
  return { mean, deviation: Math.sqrt(square), least, most };
};

/** A number to three digits: 1.54, 0.001, 1e-5, 1230. */
export const digits = (value: number): string => {
  if (!Number.isFinite(value)) return `${value}`;
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? rounded.toExponential() : `${rounded}`;
};

const NAMES: Readonly<Record<string, string>> = { layer: 'LN', rms: 'RMSNorm', scale: 'ScaleNorm' };

/** LN, RMSNorm, ScaleNorm, or the name of the user's own. */
export const normName = (norm: NormSpec): string =>
  typeof norm === 'string' ? (NAMES[norm] ?? norm) : norm.name;

const normed = (norm: NormSpec | undefined, inside: string): string =>
  norm ? `${normName(norm)}(${inside})` : inside;

/** A factor in front of what it multiplies, and a note where one number does not say what it is. */
export interface Factor {
  readonly factor: string;
  readonly note?: string;
}

/** `1.54 ` where all numbers show the same digits, else the scale's name and a note of its mean and range. */
export const factorOf = (name: string, spread: Spread): Factor => {
  const [mean, deviation, least, most] = [spread.mean, spread.deviation, spread.least, spread.most].map(
    digits,
  );
  if (least === most) return { factor: `${least} ` };
  return { factor: `${name} `, note: `${name} ${mean} +- ${deviation} (${least} to ${most})` };
};

const scaleFactor = (name: string, scale: Scale, spread: Spread | undefined): Factor => {
  if (spread) return factorOf(name, spread);
  if (scale.kind === 'one') return { factor: '' };
  const value = scale.kind === 'constant' ? scale.value : scale.initial;
  // What is to be profiled has its name alone.
  return { factor: `${typeof value === 'number' ? digits(value) : name} ` };
};

/** How a residual joins its branch, such as `x' = LN(1.54 x + f(x))`, and notes on what the formula only names. */
export interface Formula {
  readonly formula: string;
  readonly notes: readonly string[];
}

/**
 * The formula of a residual record with the values of its scales, x_block being the stream that entered the block.
 * A trained scale without a value here stands with its initial one.
 */
export const formulaOf = (residual: Residual, { omega, alpha, rho }: ScaleSpreads = {}): Formula => {
  const shortcut = scaleFactor('omega', residual.shortcutScale, omega);
  const branch = scaleFactor('alpha', residual.branchScale, alpha);
  const read: Factor = residual.readScale ? scaleFactor('rho', residual.readScale, rho) : { factor: '' };
  const output = normed(residual.inside, `f(${read.factor}${normed(residual.before, 'x')})`);
  const extra = residual.extraShortcut ? ' + x_block' : '';
  const sign = branch.factor.startsWith('-') ? '-' : '+';
  const sum = `${shortcut.factor}x${extra} ${sign} ${branch.factor.replace(/^-/, '')}${output}`;
  return {
    formula: `x' = ${normed(residual.after, sum)}`,
    notes: [shortcut.note, branch.note, read.note].filter((note) => note !== undefined),
  };
};
