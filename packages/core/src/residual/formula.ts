import type { NormSpec } from '../layers/norm';
import { leaveWeights } from '../streams/leaving';
import type { StreamLeave, StreamNorms, StreamPlan } from '../streams/plan';
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

/** The branch with its norms and its scale, as a term of a sum. */
const branchTerm = (residual: Residual, read: string, { alpha, rho }: ScaleSpreads) => {
  const { handsOn, shows } = residual.streams ?? {};
  const scale = scaleFactor('alpha', residual.branchScale, alpha);
  const inner: Factor = residual.readScale ? scaleFactor('rho', residual.readScale, rho) : { factor: '' };
  const input = `${inner.factor}${normed(residual.before, read)}`;
  const output = normed(residual.inside, `f(${input}${shows === undefined ? '' : `, x${shows + 1}`})`);
  const notes = [scale.note, inner.note];
  return {
    sign: scale.factor.startsWith('-') ? '-' : '+',
    term: scale.factor.replace(/^-/, '') + output,
    handed: handsOn && `${handsOn.name}(${input})`,
    notes,
  };
};

/** With the values of an omega that is 1 - alpha. */
const withComplement = ({ complement }: Residual, spreads: ScaleSpreads): ScaleSpreads => {
  const { alpha } = spreads;
  if (!complement || !alpha) return spreads;
  const { mean, deviation, least, most } = alpha;
  return { ...spreads, omega: { mean: 1 - mean, deviation, least: 1 - most, most: 1 - least } };
};

/**
 * The formula of a residual record with the values of its scales; of several streams x1, x2, .. one formula each, or one
 * for all where their weights are no fixed numbers. A trained scale without a value here stands with its initial one.
 */
export const formulaOf = (residual: Residual, given: ScaleSpreads = {}): Formula => {
  const spreads = withComplement(residual, given);
  const { streams } = residual;
  if (streams) return streamsFormula(residual, streams, spreads);
  const shortcut = scaleFactor('omega', residual.shortcutScale, spreads.omega);
  const { sign, term, notes } = branchTerm(residual, 'x', spreads);
  return {
    formula: `x' = ${normed(residual.after, `${shortcut.factor}x ${sign} ${term}`)}`,
    notes: [shortcut.note, ...notes].filter((note) => note !== undefined),
  };
};

/** A sum of streams by their weights, such as `x1 + 0.5 x2`. */
const sumText = (
  weights: readonly number[],
  norms: StreamNorms = [],
  first: Factor = { factor: '' },
): string => {
  const terms = weights.flatMap((weight, j) => {
    if (weight === 0) return [];
    const name = normed(norms[j], `x${j + 1}`);
    const own = j === 0 ? first.factor : '';
    return [
      {
        sign: weight < 0 ? '-' : '+',
        text: `${Math.abs(weight) === 1 ? '' : `${digits(Math.abs(weight))} `}${own}${name}`,
      },
    ];
  });
  return terms
    .map(({ sign, text }, k) => (k === 0 ? (sign === '-' ? `-${text}` : text) : ` ${sign} ${text}`))
    .join('');
};

const streamsFormula = (residual: Residual, plan: StreamPlan, spreads: ScaleSpreads): Formula => {
  const { read, carry, write, weights, readNorms, carryNorms, after = [] } = plan;
  const shortcut = scaleFactor('omega', residual.shortcutScale, spreads.omega);
  if (weights) {
    const { sign, term, notes } = branchTerm(residual, 'a X', spreads);
    const { name, gives = ['a', 'B', 'c'] } = weights === 'trained' ? { name: undefined } : weights;
    const kind = name === undefined ? 'trained' : `by ${name}`;
    return {
      formula: `X' = B X ${sign} c ${term}`,
      notes: [`X of ${read.length} streams`, `${gives.join(', ')} ${kind}`, shortcut.note, ...notes].filter(
        (note) => note !== undefined,
      ),
    };
  }
  const { sign, term, handed, notes } = branchTerm(residual, sumText(read, readNorms), spreads);
  const formulas = carry.map((row, i) => {
    if (i === plan.handsOn?.stream) return `x${i + 1}' = ${handed}`;
    const carried = sumText(row, carryNorms, i === 0 ? shortcut : undefined);
    const weight = write[i]!;
    const factor = Math.abs(weight) === 1 ? '' : `${digits(Math.abs(weight))} `;
    const minus = (sign === '-') !== weight < 0;
    const added =
      weight === 0
        ? ''
        : carried === ''
          ? `${minus ? '-' : ''}${factor}${term}`
          : ` ${minus ? '-' : '+'} ${factor}${term}`;
    return `x${i + 1}' = ${normed(i === 0 ? residual.after : after[i], carried + added)}`;
  });
  return {
    formula: formulas.join(', '),
    notes: [shortcut.note, ...notes].filter((note) => note !== undefined),
  };
};

/** How n streams that leave a stack become one, such as `x' = x1 + LN(x2)`. */
export const leaveFormulaOf = ({ read, norms, weights }: StreamLeave, n: number): Formula => {
  if (weights) return { formula: "x' = a X", notes: [`X of ${n} streams`, `a by ${weights.name}`] };
  return { formula: `x' = ${sumText(leaveWeights(read, n), norms)}`, notes: [] };
};
