/** A Vega-Lite specification as plain JSON, data included. */
export type VegaLiteSpec = Readonly<Record<string, unknown>>;

export const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';

/** Size and type of all figures: legible at a column's width. */
export const FRAME: VegaLiteSpec = {
  width: 460,
  height: 300,
  background: 'white',
  config: {
    axis: { labelFontSize: 12, titleFontSize: 13, titlePadding: 8 },
    legend: { labelFontSize: 12, titleFontSize: 12, symbolStrokeWidth: 2 },
    title: { fontSize: 14, anchor: 'start' },
  },
};
