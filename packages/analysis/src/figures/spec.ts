/** A Vega-Lite specification as plain JSON, data included. */
export type VegaLiteSpec = Readonly<Record<string, unknown>>;

export const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';

/** Okabe and Ito's colours, told apart with any colour vision, those of least contrast to white last. */
const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#000000', '#E69F00', '#56B4E9'];
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-left'];
const DASHES: readonly (readonly number[])[] = [
  [1, 0],
  [8, 4],
  [2, 3],
  [10, 3, 2, 3],
  [5, 2],
  [14, 5],
  [6, 2, 2, 2, 2, 2],
];

/** Size and type of all figures: legible at a column's width. */
export const FRAME: VegaLiteSpec = {
  width: 460,
  height: 300,
  background: 'white',
  config: {
    axis: { labelFontSize: 12, titleFontSize: 13, titlePadding: 8 },
    legend: {
      labelFontSize: 12,
      titleFontSize: 12,
      symbolStrokeWidth: 2,
      symbolSize: 220,
      symbolOpacity: 1,
      labelLimit: 300,
    },
    title: { fontSize: 14, anchor: 'start', subtitleFontSize: 11, subtitleColor: '#555' },
  },
};

/** Output changes are small numbers: their size is read off the exponent. */
export const CHANGE_AXIS = {
  labelExpr: "datum.value === 0 ? '0' : format(datum.value, '.1e')",
} as const;

/** Hollow, so that points that coincide are all seen. */
export const HOLLOW = { filled: false, size: 60, strokeWidth: 1.8, fill: 'transparent', opacity: 1 } as const;

/**
 * What tells series apart: colour, shape of the points and dash of the lines, each by the same field and in the order of
 * the names, so that colour is never the only one and lines that coincide are all seen.
 */
export const series = (field: string, names: readonly string[], title: string): Series => {
  const by = (range: readonly unknown[]): Encoding => ({
    field,
    type: 'nominal',
    title,
    sort: null,
    scale: { domain: names, range: names.map((_, i) => range[i % range.length]) },
  });
  return { color: by(COLOURS), shape: by(SHAPES), strokeDash: by(DASHES) };
};

type Encoding = Readonly<Record<string, unknown>>;

/** Encodings of a mark, by their names in Vega-Lite. */
export interface Series {
  readonly color: Encoding;
  readonly shape: Encoding;
  readonly strokeDash: Encoding;
}
