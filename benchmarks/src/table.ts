/** A table for people: a title, column heads, rows of cells, and remarks below. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes?: readonly string[];
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const NUMBER = /^[-+\d.]/;

/**
 * GitHub-flavoured Markdown, padded so that it reads as plain text too. Columns whose cells are all numbers are
 * aligned to the right.
 *
 * @throws Error where a row has not as many cells as there are columns.
 */
export const markdownTable = ({ title, columns, rows, notes = [] }: Table): string => {
  const wrong = rows.find((row) => row.length !== columns.length);
  if (wrong)
    throw new Error(`table '${title}': a row has ${wrong.length} cells, the columns are ${columns.length}`);
  const grid = [columns, ...rows].map((row) => row.map(cell));
  const widths = columns.map((_, j) => Math.max(3, ...grid.map((row) => row[j]!.length)));
  const right = columns.map(
    (_, j) => rows.some((row) => row[j] !== '') && rows.every((row) => row[j] === '' || NUMBER.test(row[j]!)),
  );
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const padded = grid.map((row) =>
    line(row.map((text, j) => (right[j] ? text.padStart(widths[j]!) : text.padEnd(widths[j]!)))),
  );
  const rule = line(widths.map((width, j) => (right[j] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))));
  return [
    `### ${title}`,
    '',
    padded[0]!,
    rule,
    ...padded.slice(1),
    ...(notes.length > 0 ? ['', ...notes.map((note) => `- ${note.replaceAll('\n', ' ')}`)] : []),
    '',
  ].join('\n');
};

/** Seconds in a unit that leaves few digits: `1.23 s`, `45.6 ms`, `7.89 us`. */
export const duration = (seconds: number): string => {
  if (seconds >= 1) return `${seconds.toFixed(2)} s`;
  if (seconds >= 1e-3) return `${(seconds * 1e3).toPrecision(3)} ms`;
  return `${(seconds * 1e6).toPrecision(3)} us`;
};

/** Bytes as binary megabytes. */
export const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

/** `1.23 (1.10-1.31)` */
export const withSpread = (value: { median: number; low: number; high: number }): string => {
  const show = (x: number): string => (x >= 100 ? x.toFixed(0) : x.toPrecision(3));
  return `${show(value.median)} (${show(value.low)}-${show(value.high)})`;
};
