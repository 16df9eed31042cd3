import type { VegaLiteSpec } from '@steadyformer/analysis';
import type { Palette } from './palette';

const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';
const FONT = 'Inter, "Helvetica Neue", Helvetica, Arial, sans-serif';

/** What all pictures share. Letters are large for their size: on a phone a picture is shown at two thirds. */
export const framed = (palette: Palette, spec: VegaLiteSpec): VegaLiteSpec => ({
  $schema: SCHEMA,
  background: palette.ground,
  padding: { left: 4, right: 8, top: 8, bottom: 4 },
  ...spec,
  config: {
    aria: false,
    font: FONT,
    view: { stroke: null },
    axis: {
      labelFontSize: 14,
      titleFontSize: 15,
      titleFontWeight: 'normal',
      titlePadding: 10,
      labelColor: palette.quiet,
      titleColor: palette.text,
      gridColor: palette.grid,
      domainColor: palette.grid,
      tickColor: palette.grid,
    },
    axisX: { grid: false },
    legend: {
      labelFontSize: 14,
      titleFontSize: 14,
      titleFontWeight: 'normal',
      labelColor: palette.text,
      titleColor: palette.text,
    },
    title: {
      fontSize: 15,
      fontWeight: 600,
      color: palette.text,
      subtitleColor: palette.quiet,
      subtitleFontSize: 14,
      subtitlePadding: 6,
      anchor: 'start',
      offset: 12,
    },
    text: { fontSize: 15, fontWeight: 600 },
  },
});
