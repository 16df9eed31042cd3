export type Cell = string | number;

/** A number as people read it: four significant digits, powers of ten where far from 1. */
export const format = (value: Cell): string => {
  if (typeof value === 'string') return value;
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const size = Math.abs(value);
  return size >= 0.001 && size < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(3);
};

/** Columns of text: words to the left, numbers to the right. */
export const table = (headers: readonly string[], rows: readonly (readonly Cell[])[]): string => {
  const lines = [headers, ...rows.map((row) => row.map(format))];
  const widths = headers.map((_, k) => Math.max(...lines.map((line) => (line[k] ?? '').length)));
  const numeric = headers.map((_, k) => rows.every((row) => typeof row[k] === 'number'));
  const draw = (line: readonly string[]): string =>
    line
      .map((cell, k) => (numeric[k] ? cell.padStart(widths[k]!) : cell.padEnd(widths[k]!)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [draw(lines[0]!), rule, ...lines.slice(1).map(draw)].join('\n');
};

/** Comma-separated values, quoted where needed. */
export const csv = (headers: readonly string[], rows: readonly (readonly Cell[])[]): string => {
  const quote = (cell: Cell): string => {
    const text = String(cell);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [headers, ...rows].map((row) => `${row.map(quote).join(',')}\n`).join('');
};
