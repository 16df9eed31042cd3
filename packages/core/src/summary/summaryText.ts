import { digits } from '../residual/formula';
import type { InitialWeight } from './initialWeights';
import type { SummaryRow } from './row';
import type { Summary } from './summary';
import { trainingCells } from './trainingRows';

/** 1234567 as 1,234,567, whatever the locale. */
const grouped = (count: number): string => `${count}`.replace(/\B(?=(\d{3})+$)/g, ',');

const bytes = (count: number): string => {
  const [unit, size] = (
    [
      ['GB', 1e9],
      ['MB', 1e6],
      ['kB', 1e3],
    ] as const
  ).find(([, least]) => count >= least) ?? ['bytes', 1];
  return `${digits(count / size)} ${unit}`;
};

/** Columns side by side, two spaces between; those of `right` end at the same place. */
const table = (rows: readonly (readonly string[])[], right: readonly number[] = []): string[] => {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
};

const line = ({ parameters, path, formula, notes }: SummaryRow): string[] => [
  grouped(parameters),
  path,
  [formula, ...notes].join(', '),
];

/** A summary in lines: parameters, path and formula of every row, the totals, and what methods say of training. */
export const summaryText = (summary: Summary): string => {
  const { rows, parameters, stacks, trained, training = [] } = summary;
  const inStacks = Object.values(stacks).reduce((n, own) => n + own, 0);
  const shares = Object.entries({
    ...stacks,
    ...(inStacks < parameters ? { other: parameters - inStacks } : {}),
  });
  const split = shares.map(([name, own]) => `${name} ${grouped(own)}`).join(', ');
  const total = [grouped(parameters), 'parameters', split];
  const frozen = trained === parameters ? '' : `, ${grouped(trained)} of them trained`;
  return [
    ...table([...rows.map(line), total], [0]),
    `${bytes(summary.bytes)} as float32; ${bytes(summary.trainingBytes)} in training, with gradient and two moments${frozen}`,
    ...(training.length > 0 ? ['Trained as the methods say:', ...table(training.map(trainingCells))] : []),
  ].join('\n');
};

/** What every weight starts at, in lines: path, distribution, deviation, and the gain with the method that asked for it. */
export const initialWeightsText = ({ weights }: Pick<Summary, 'weights'>): string =>
  table(weights.map((weight) => [weight.path, ...startText(weight)])).join('\n');

const few = (values: readonly number[]): string =>
  [...values.slice(0, 8).map(digits), ...(values.length > 8 ? ['..'] : [])].join(' ');

const startText = ({ initial, deviation = 0, by, profiled }: InitialWeight): string[] => {
  const who = by ? ` (${by})` : '';
  if (!initial) return ['not stated'];
  if (initial.kind === 'given') return [few(initial.values), '', `given${who}`];
  if (initial.kind === 'constant') {
    return [digits(initial.value), '', `${profiled ? 'until profiled' : 'constant'}${who}`];
  }
  const times = initial.gain === undefined || initial.gain === 1 ? '' : ` x ${digits(initial.gain)}`;
  const spread = `deviation ${digits(deviation)}`;
  if (initial.kind === 'normal') {
    const zero = initial.zeroRow === undefined ? '' : `, row ${initial.zeroRow} zero`;
    return [`N(0, ${digits(deviation)}^2)`, spread, `normal${times}${who}${zero}`];
  }
  const rule = `${initial.kind === 'xavier' ? 'xavier uniform' : 'uniform'}${times}${who}`;
  const bound = digits(Math.abs(initial.bound));
  return initial.bound === 0 ? ['0', '', rule] : [`U(-${bound}, ${bound})`, spread, rule];
};
