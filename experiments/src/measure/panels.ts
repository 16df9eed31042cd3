import type { VegaLiteSpec } from '@steadyformer/analysis';

/** Figures beside each other, so many a row, each with its own scales. */
export const panels = (figures: readonly VegaLiteSpec[], columns = 2): VegaLiteSpec => {
  const { $schema, background, config } = figures[0]!;
  return {
    $schema,
    background,
    config,
    columns,
    concat: figures.map(({ $schema: _, background: __, config: ___, ...view }) => view),
    resolve: {
      scale: {
        color: 'independent',
        shape: 'independent',
        strokeDash: 'independent',
        x: 'independent',
        y: 'independent',
      },
    },
  };
};
