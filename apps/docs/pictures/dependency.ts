import { predict, type VegaLiteSpec } from '@steadyformer/analysis';
import { admin, postLN, preLN } from '@steadyformer/core';
import { framed } from './frame';
import { METHODS, type Palette } from './palette';

const MADE = { postLN, preLN, admin } as const;
const BLOCKS = 9;

/** Predicted layer dependency beta_ij of three methods, as heat maps on one scale. */
export const dependency = (palette: Palette): VegaLiteSpec => {
  const panels = METHODS.map(({ method, label }, place) => {
    const { dependency: beta } = predict({ method: MADE[method](), depth: BLOCKS });
    const values = beta.flatMap((row, i) =>
      row.slice(1).map((value, j) => ({ i: i + 1, j: j + 1, beta: Math.round(value * 1e4) / 1e4 })),
    );
    const axis = (title: string) => ({
      title,
      values: [1, 6, 12, 18],
      labelAngle: 0,
      ticks: false,
      domain: false,
    });
    return {
      width: { step: 9 },
      height: { step: 9 },
      title: { text: label, anchor: 'middle', color: palette[method] },
      data: { values },
      mark: 'rect',
      encoding: {
        x: { field: 'j', type: 'ordinal', axis: axis('branch j') },
        y: { field: 'i', type: 'ordinal', axis: axis(place === 0 ? 'output i' : '') },
        color: {
          field: 'beta',
          type: 'quantitative',
          scale: { scheme: 'viridis' },
          legend: { title: 'beta_ij', gradientLength: 150, tickCount: 4 },
        },
      },
    };
  });
  return framed(palette, { spacing: 18, hconcat: panels });
};
