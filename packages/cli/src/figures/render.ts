import type { VegaLiteSpec } from '@steadyformer/analysis';
import type { TopLevelSpec } from 'vega-lite';

// What draws is loaded when something is drawn: most commands draw nothing.

/** Draws a figure as SVG text. */
export const toSvg = async (spec: VegaLiteSpec): Promise<string> => {
  const [{ parse, resetSVGDefIds, View }, { compile }] = await Promise.all([
    import('vega'),
    import('vega-lite'),
  ]);
  const view = new View(parse(compile(spec as unknown as TopLevelSpec).spec), { renderer: 'none' });
  try {
    // Vega counts gradients and clips over the whole process; a figure is to be the same whatever was drawn before.
    resetSVGDefIds();
    return await view.toSVG();
  } finally {
    view.finalize();
  }
};

/** Draws SVG text as PNG, twice the size for sharp letters. */
export const toPng = async (svg: string): Promise<Uint8Array> => {
  const { Resvg } = await import('@resvg/resvg-js');
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: 2 }, font: { defaultFontFamily: 'DejaVu Sans' } })
    .render()
    .asPng();
};
