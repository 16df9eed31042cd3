import type { Learned } from '../../../experiments/src/items/atlas/facts';

/** A number with the ends of its 95 % interval, where there is one. */
export interface Interval {
  readonly value: number;
  readonly ends?: readonly [number, number];
}

/** One method in the page's table; what was not measured, or does not move, is absent. */
export interface AtlasRow {
  readonly method: string;
  readonly title: string;
  readonly failed?: string;
  readonly word: string | undefined;
  readonly random: Interval | undefined;
  readonly aligned: Interval | undefined;
  /** The same by theory. */
  readonly randomTheory: Interval | undefined;
  readonly alignedTheory: Interval | undefined;
  /** Largest relative error of theorem 2, random changes. */
  readonly worst: number | undefined;
  /** Measured change by predicted, aligned, where it is furthest from 1. */
  readonly factor: number | undefined;
  /** D at the greatest N, aligned. */
  readonly change: number | undefined;
  readonly laziness: number | undefined;
  /** The aligned exponent by width, from the narrowest, over the depths that all have. */
  readonly byWidth: readonly (readonly [width: number, exponent: number | undefined])[];
  /** r of D ~ width^r, aligned. */
  readonly powerOfWidth: number | undefined;
  /** The aligned exponent after some updates. */
  readonly after: Interval | undefined;
  /** An aligned change at the greatest N after some updates, by what it was before them. */
  readonly settled: number | undefined;
  readonly learned: readonly Learned[];
}

/** A column of the table. */
export interface Column {
  readonly key: string;
  readonly title: string;
  /** What the column's header says to those who ask. */
  readonly about: string;
  readonly text: (row: AtlasRow) => string;
  /** What rows are sorted by; those without come last. */
  readonly order: (row: AtlasRow) => number | string | undefined;
}

const fixed = (x: number | undefined, digits = 2): string => (x === undefined ? '' : x.toFixed(digits));

const withEnds = (estimate: Interval | undefined): string => {
  if (!estimate) return '';
  const { value, ends } = estimate;
  return ends ? `${fixed(value)} (${fixed(ends[0])} to ${fixed(ends[1])})` : fixed(value);
};

const percent = (x: number | undefined): string => (x === undefined ? '' : `${(100 * x).toFixed(0)} %`);

const failures = ({ learned }: AtlasRow, layers: number): Learned[] =>
  learned.filter((each) => each.layers === layers);

/** How many networks of a depth fail, rate by rate. */
export const trainText = (row: AtlasRow, layers: number): string =>
  failures(row, layers)
    .map(
      ({ rate, failed, of }) =>
        `${failed === 0 ? 'trains' : failed === of ? 'fails' : `${failed} of ${of} fail`} at ${rate}`,
    )
    .join(', ');

const exponent = (
  key: 'random' | 'randomTheory' | 'aligned' | 'alignedTheory' | 'after',
  title: string,
  about: string,
): Column => ({
  key,
  title,
  about,
  text: (row) => withEnds(row[key]),
  order: (row) => row[key]?.value,
});

/** The columns, with those of training for so many blocks. */
export const columnsOf = (layers: readonly number[]): Column[] => [
  {
    key: 'method',
    title: 'Method',
    about: 'Name',
    text: ({ title }) => title,
    order: ({ title }) => title.toLowerCase(),
  },
  {
    key: 'word',
    title: 'Aligned changes',
    about: 'Verdict on a step along the gradient',
    text: ({ word, failed }) => word ?? (failed === undefined ? '' : 'not measured'),
    order: ({ word }) => word,
  },
  exponent('aligned', 'Exponent, aligned', 'Power of N of the change after a step along the gradient'),
  exponent('alignedTheory', 'Theory, aligned', 'Power of N of the coherent sum that theory predicts'),
  {
    key: 'factor',
    title: 'By theory',
    about: 'Measured aligned change divided by the predicted one, N up to 100, where it is furthest from 1',
    text: ({ factor }) => fixed(factor),
    order: ({ factor }) => factor,
  },
  exponent('random', 'Exponent, random', 'Power of N of the change after random signs'),
  exponent('randomTheory', 'Theory, random', "Theorem 2's power of N for random signs"),
  {
    key: 'worst',
    title: 'Off theory',
    about: 'Largest relative error of theorem 2, random signs, N up to 100',
    text: ({ worst }) => percent(worst),
    order: ({ worst }) => worst,
  },
  {
    key: 'change',
    title: 'Largest change',
    about: 'Change at the greatest N after a step of 1e-6 along the gradient',
    text: ({ change }) => change?.toExponential(1) ?? '',
    order: ({ change }) => change,
  },
  {
    key: 'laziness',
    title: 'Beyond linear',
    about: 'Share of the change after an update of 1 % that the linearised network does not explain',
    text: ({ laziness }) => fixed(laziness),
    order: ({ laziness }) => laziness,
  },
  {
    key: 'byWidth',
    title: 'Aligned, by width',
    about:
      'Power of N of an aligned change at each width, from the narrowest; sorted by how far they lie apart',
    text: ({ byWidth }) =>
      byWidth.some(([, value]) => value !== undefined)
        ? byWidth.map(([width, value]) => `${fixed(value) || 'none'} at ${width}`).join(', ')
        : '',
    order: ({ byWidth }) => {
      const values = byWidth.flatMap(([, value]) => value ?? []);
      return values.length > 1 ? Math.max(...values) - Math.min(...values) : undefined;
    },
  },
  {
    key: 'powerOfWidth',
    title: 'Power of width',
    about: 'Power of the width of an aligned change at the greatest N that all widths have',
    text: ({ powerOfWidth }) => fixed(powerOfWidth),
    order: ({ powerOfWidth }) => powerOfWidth,
  },
  exponent('after', 'Aligned, trained', 'Power of N of an aligned change after some updates'),
  {
    key: 'settled',
    title: 'Trained by start',
    about: 'Aligned change at the greatest N after some updates, divided by what it was at the start',
    text: ({ settled }) => (settled === undefined ? '' : Number(settled.toPrecision(2)).toString()),
    order: ({ settled }) => settled,
  },
  ...layers.map(
    (count): Column => ({
      key: `train${count}`,
      title: `${count} blocks`,
      about: `Whether ${count} blocks train without warm-up`,
      text: (row) => trainText(row, count),
      order: (row) => {
        const own = failures(row, count);
        return own.length === 0 ? undefined : own.reduce((sum, { failed }) => sum + failed, 0);
      },
    }),
  ),
];

/** Rows in the order of a column; those without a value last, either way. */
export const sorted = (
  rows: readonly AtlasRow[],
  { order }: Pick<Column, 'order'>,
  descending: boolean,
): AtlasRow[] => {
  const sign = descending ? -1 : 1;
  return rows.toSorted((one, other) => {
    const [a, b] = [order(one), order(other)];
    if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
    if (typeof a === 'string' || typeof b === 'string')
      return sign * String(a).localeCompare(String(b), 'en');
    return sign * (a - b);
  });
};
