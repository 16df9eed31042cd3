export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const MARKS = ['o', '+', 'x', '*', '#', '@', '%', '&'];
/** Where points of several series fall on one place. */
const SEVERAL = '=';

/** A chart for a terminal: linear axes from zero, one mark a series. */
export const chart = (
  series: readonly Series[],
  labels: { x: string; y: string },
  size = { w: 64, h: 14 },
): string => {
  const all = series.flatMap(({ points }) => points);
  const right = Math.max(...all.map(({ x }) => x));
  const top = Math.max(...all.map(({ y }) => y)) || 1;
  const cells = Array.from({ length: size.h + 1 }, () => new Array<string>(size.w + 1).fill(' '));
  for (const [s, { points }] of series.entries()) {
    for (const { x, y } of points) {
      const row = size.h - Math.round((y / top) * size.h);
      const column = Math.round((x / right) * size.w);
      const mark = MARKS[s % MARKS.length]!;
      const there = cells[row]![column];
      cells[row]![column] = there === ' ' || there === mark ? mark : SEVERAL;
    }
  }
  const scale = top.toExponential(1);
  const margin = ' '.repeat(scale.length);
  const lines = cells.map(
    (row, i) => `${i === 0 ? scale : i === size.h ? '0'.padStart(scale.length) : margin} |${row.join('')}`,
  );
  const axis = `${margin} +${'-'.repeat(size.w + 1)}`;
  const below = `${margin}  0${labels.x.padStart(Math.floor((size.w + labels.x.length) / 2))}`;
  const names = series.map(({ name }, s) => `${MARKS[s % MARKS.length]} ${name}`);
  const legend = [...names, ...(cells.flat().includes(SEVERAL) ? [`${SEVERAL} several`] : [])].join('   ');
  return [
    labels.y,
    ...lines.map((line) => line.trimEnd()),
    axis,
    `${below.padEnd(margin.length + 2 + size.w)}${right}`,
    legend,
  ].join('\n');
};
