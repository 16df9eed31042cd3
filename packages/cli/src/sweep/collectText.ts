import { SteadyformerError } from '@steadyformer/core';
import { type Cell, csv, format, table } from '../output/table';
import type { Collected, CollectedGroup, CollectedRun, Mean } from './collect';

export const FORMATS = ['text', 'markdown', 'csv', 'json'] as const;
export type Format = (typeof FORMATS)[number];

interface Table {
  readonly headers: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const NONE = '-';

const shown = (value: unknown): Cell =>
  typeof value === 'string' || typeof value === 'number' ? value : (JSON.stringify(value) ?? NONE);

/** Columns that no run has are left out. */
const withoutEmpty = ({ headers, rows }: Table, kept: number): Table => {
  const used = headers.map((_, i) => i < kept || rows.some((row) => row[i] !== NONE));
  const of = <T>(cells: readonly T[]): T[] => cells.filter((_, i) => used[i]);
  return { headers: of(headers), rows: rows.map((row) => of(row)) };
};

const runTable = ({ keys, runs }: Collected): Table => {
  const headers = [
    'run',
    ...keys,
    'ending',
    'updates',
    'best at',
    'loss',
    'perplexity',
    'BLEU',
    'test BLEU',
    'test perplexity',
  ];
  const row = ({ name, values, result }: CollectedRun): Cell[] =>
    [
      name,
      ...keys.map((key) => shown(values[key])),
      ...[result?.ending, result?.updates, result?.bestUpdate, result?.loss, result?.perplexity],
      ...[result?.bleu, result?.test?.bleu, result?.test?.perplexity],
    ].map((cell) => cell ?? NONE);
  return withoutEmpty({ headers, rows: runs.map(row) }, keys.length + 2);
};

const QUANTITIES = { loss: 'loss', perplexity: 'perplexity', bleu: 'BLEU', testBleu: 'test BLEU' } as const;
type Quantity = keyof typeof QUANTITIES;

const plusMinus = (of: Mean | null): Cell => {
  if (!of) return NONE;
  return of.deviation === null ? format(of.mean) : `${format(of.mean)} ± ${format(of.deviation)}`;
};

/** @param apart whether mean and deviation are columns of their own */
const meanTable = ({ keys, means }: Collected, apart: boolean): Table => {
  const others = keys.filter((key) => key !== 'seed');
  const quantities = Object.keys(QUANTITIES) as Quantity[];
  const cells = (group: CollectedGroup): Cell[] =>
    quantities.flatMap((name) => {
      const of = group[name];
      return apart ? [of?.mean ?? NONE, of?.deviation ?? NONE] : [plusMinus(of)];
    });
  const titles = quantities.flatMap((name) => {
    const title = QUANTITIES[name];
    return apart ? [title, `${title} deviation`] : [title];
  });
  const rows = (means ?? []).map((group) => [
    ...others.map((key) => shown(group.values[key])),
    group.planned,
    group.ended,
    group.diverged,
    ...cells(group),
  ]);
  return withoutEmpty(
    { headers: [...others, 'seeds', 'ended', 'diverged', ...titles], rows },
    others.length + 3,
  );
};

const markdown = ({ headers, rows }: Table): string => {
  const line = (cells: readonly Cell[]): string =>
    `| ${cells.map((cell) => format(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(headers), `|${' --- |'.repeat(headers.length)}`, ...rows.map(line)].join('\n');
};

/**
 * A collected sweep in words.
 *
 * @param mean whether only means over seeds are wanted
 * @throws SteadyformerError where they are and the seed is none of the grid's keys
 */
export const collectText = (collected: Collected, as: Format, mean: boolean): string => {
  if (mean && !collected.means) {
    throw new SteadyformerError(
      '--mean: the seed is none of the keys of the grid; plan with --grid seed=1,2,3',
    );
  }
  if (as === 'json') return `${JSON.stringify(mean ? collected.means : collected, null, 2)}\n`;
  if (as === 'csv') {
    const { headers, rows } = mean ? meanTable(collected, true) : runTable(collected);
    return csv(
      headers,
      rows.map((row) => row.map((cell) => (cell === NONE ? '' : cell))),
    );
  }
  const draw = as === 'markdown' ? markdown : ({ headers, rows }: Table) => table(headers, rows);
  const tables = [
    ...(mean ? [] : [runTable(collected)]),
    ...(collected.means ? [meanTable(collected, false)] : []),
  ];
  return `${tables.map(draw).join('\n\n')}\n`;
};
