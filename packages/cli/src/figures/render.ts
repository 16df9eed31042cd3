import { Resvg } from '@resvg/resvg-js';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { VegaLiteSpec } from '../figures/spec';

/** Draws a figure as SVG text. */
export const toSvg = async (spec: VegaLiteSpec): Promise<string> => {
  const { spec: vega } = compile(spec as unknown as TopLevelSpec);
  const view = new View(parse(vega), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
};

/** Draws SVG text as PNG, twice the size for sharp letters. */
export const toPng = (svg: string): Uint8Array =>
  new Resvg(svg, { fitTo: { mode: 'zoom', value: 2 }, font: { defaultFontFamily: 'DejaVu Sans' } })
    .render()
    .asPng();
